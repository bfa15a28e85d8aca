/** Page tables attached to the devices of a group: as intended, and as the code of 6.12 over VT-d and over SMMUv3. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a version breaks is told in as small a system as shows it, at any bounds. */
const ONE_TABLE = { pageTables: 1, attachesPasid: false, attachFails: false, tablesGo: false } as const;
const FIRST_AND_LAST = because(
  "the code of 6.12 turns page faults on for the device that comes first, and off for the one that goes last (D9)",
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
      ...because("a report names the first device of the group (D9)", "ATT-10"),
      ...because("that device may have gone (D9)", "ATT-12"),
    },
  }),
  studyRun("attachments", "linux-6.12.117-smmu", bounds, {
    set: { ...ONE_TABLE, devicesUnbind: false },
    known: {
      ...FIRST_AND_LAST,
      ...because("the feature is a flag, and the device is on no queue (D8)", "ATT-9"),
    },
  }),
];
