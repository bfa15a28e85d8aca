/** A VFIO group and the VM it belongs to: as intended, and as 6.1.0 and 6.1.192 have it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

export const groupOpenRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("group-open", "intended", bounds),
  studyRun("group-open", "intended", bounds, { set: { opensVm: false, driverPins: true, groupDevices: 1 } }),
  studyRun("group-open", "intended", bounds, { set: { opensVm: false, driverPins: true, groupDevices: 2 } }),
  studyRun("group-open", "linux-6.1.0", bounds, {
    set: { driverPins: false },
    known: {
      ...because("a driver takes a reference to a VM whose count may be zero already, when the VM ends", "GOP-13"),
      ...because("a VM ends too early, because a driver puts a reference that belongs to the VM before it", "GOP-12"),
      ...because(
        "vfio drops the last reference to the VM with the group's lock held, and the end of the VM takes that lock again (B-20)",
        "LCK-10",
        "LCK-11",
        "GOP-1",
        "GOP-3",
        "GOP-4",
        "GOP-8",
        "GOP-10",
        "DEADLOCK",
      ),
    },
  }),
  studyRun("group-open", "linux-6.1.192", bounds, {
    set: { driverPins: false },
    known: because(
      "opening a device takes the group's lock and then KVM's, and closing KVM's file takes them in the other order (B-20)",
      "LCK-10",
      "LCK-11",
      "GOP-1",
      "GOP-3",
      "GOP-8",
      "GOP-10",
      "DEADLOCK",
    ),
  }),
];
