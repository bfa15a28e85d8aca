/** Completion records that are written later: as intended, and as idxd does it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const HOLDS = because(
  "idxd_cdev_evl_drain_pasid() drains the workqueue with evl->lock held",
  "LRC-6",
  "LRC-8",
  "LCK-11",
);

export const lateRecordsRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("late-records", "intended", bounds),
  studyRun("late-records", "linux-6.12.117", bounds, { known: HOLDS }),
  studyRun("late-records", "linux-6.12.117-bof", bounds, { known: HOLDS }),
];
