/** Runs of the focused model of hardware queues and unmaps. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const IN_PART =
  "iopt_unmap_iova_range() unmaps area after area, and the length is told only where the whole call succeeds";

export const queuePagesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("queue-pages", "intended", bounds),
  studyRun("queue-pages", "linux-7.3.4", bounds, { known: because(IN_PART, "HWQ-3") }),
];
