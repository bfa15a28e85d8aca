/** Page tables attached to the devices of a group: as intended, and as the code of 6.12 over VT-d and over SMMUv3. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a version breaks is told in as small a system as shows it, at any bounds. */
const ONE_TABLE = { pageTables: 1, attachesPasid: false, attachFails: false, tablesGo: false } as const;
const FIRST_AND_LAST = because(
  "iommufd of 6.12 enables page faults for the device that attaches first, and disables them for the one that detaches last (D9)",
  "ATT-6",
  "ATT-8",
  "ATT-20",
);

export const attachmentsRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("attachments", "intended", bounds),
  studyRun("attachments", "intended", bounds, {
    set: { attachesPasid: true, pageTables: 1, groupDevices: bounds === "small" ? 1 : 2 },
  }),
  studyRun("attachments", "intended", bounds, { set: { deviceOwnFaults: true } }),
  studyRun("attachments", "linux-6.12.117", bounds, {
    set: { ...ONE_TABLE, devicesUnbind: true },
    known: {
      ...FIRST_AND_LAST,
      ...because(
        "a fault report names the device of the group that attached first, whichever device faulted (D9)",
        "ATT-10",
      ),
      ...because("a fault report names the device that attached first, which may be freed (D9)", "ATT-12"),
      ...because(
        "the count goes with the iommufd object of a device whose page faults are still on: no detach disables them, and the next attach with a fault queue fails with EBUSY (D9)",
        "ATT-17",
        "ATT-18",
      ),
    },
  }),
  studyRun("attachments", "linux-7.3.4", bounds, {
    set: { ...ONE_TABLE, pageTables: 2, devicesUnbind: false },
    known: {
      ...because(
        "blocking_domain_attach_dev() removes a device from the IOPF queue before it blocks it, and a request that is reported in between is refused (the order of B8)",
        "ATT-9",
      ),
      ...because(
        "a fault report names the device of the group that attached first, whichever device faulted (D9)",
        "ATT-10",
      ),
      ...because(
        "intel_nested_attach_dev() counts the new page table and leaves the old one counted, so that page faults stay on after the last detach",
        "ATT-6",
        "ATT-18",
        "ATT-20",
      ),
    },
  }),
  studyRun("attachments", "linux-6.12.117-smmu", bounds, {
    set: { ...ONE_TABLE, devicesUnbind: false },
    known: {
      ...FIRST_AND_LAST,
      ...because(
        "the SMMU driver of 6.12 only sets a flag and adds the device to no IOPF queue, so each fault is refused (D8)",
        "ATT-9",
      ),
    },
  }),
];
