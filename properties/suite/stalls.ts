/** Runs of the focused model of stalls. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const FORGOTTEN =
  "arm_smmu_handle_evt() drops the record of an unattached stream and only reports a lost record: the transaction gets no response (H21, H25)";

export const stallsRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("stalls", "intended", bounds),
  studyRun("stalls", "intended", bounds, { set: { stallExits: true, stallDowngrade: true, recordLoss: "never" } }),
  studyRun("stalls", "intended", bounds, { set: { stallSlots: 2, stallDupSuppress: true, stallExits: true } }),
  studyRun("stalls", "linux-6.12.117", bounds, { known: because(FORGOTTEN, "STM-5", "STM-6", "DEADLOCK") }),
  studyRun("stalls", "intended", bounds, { set: { stallEarlyRetry: false } }),
  studyRun("stalls", "intended", bounds, { set: { streamKind: "pcie", stallEnabled: false } }),
];
