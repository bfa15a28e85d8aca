/** Runs of the focused model of translation caches. */
import { studyRun, type SuiteRun } from "./run.ts";

export const translationCachesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("translation-caches", "intended", bounds),
  // Without time-outs, no reset hides an access that never arrives.
  studyRun("translation-caches", "intended", bounds, { set: { atcInvTimeout: "never" } }),
  studyRun("translation-caches", "linux-6.12.117", bounds),
  studyRun("translation-caches", "linux-6.12.117", bounds, { set: { tableFree: "after-flush", httu: "accessed" } }),
];
