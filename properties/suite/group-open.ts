/** A VFIO group and the VM it belongs to: as intended, and as 6.1.0 and 6.1.192 have it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

export const groupOpenRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("group-open", "intended", bounds),
  studyRun("group-open", "intended", bounds, { set: { opensVm: false, driverPins: true, groupDevices: 1 } }),
  studyRun("group-open", "intended", bounds, { set: { opensVm: false, driverPins: true, groupDevices: 2 } }),
  studyRun("group-open", "linux-6.1.0", bounds, {
    set: { driverPins: false },
    known: {
      ...because("a driver takes a reference to a VM that may have ended", "GOP-13"),
      ...because("the put of that reference is one too many for the next VM, which ends too early", "GOP-12"),
      ...because(
        "the last reference to the VM is dropped under the lock of the group, and takes it again (B-20)",
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
      "a device is opened under the lock of the group and locks the VM, whose file is closed in the other order (B-20)",
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
