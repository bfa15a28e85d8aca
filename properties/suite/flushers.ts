/** Several flushers of one invalidation queue: numbered fences, and slots of VT-d with a device that does not answer. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const SILENT = { suspectDevice: "silent", firstInvalidations: 2 } as const;

export const flushersRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("flushers", "intended", bounds),
  studyRun("flushers", "intended", bounds, { set: { fenceWait: "own-slot", ...SILENT } }),
  studyRun("flushers", "intended", bounds, { set: { fenceWait: "own-slot", refusesCommand: true } }),
  studyRun("flushers", "linux-6.12.117-amd", bounds, { set: { firstInvalidations: 1, ringSlots: 4 } }),
  studyRun("flushers", "linux-6.12.117-vtd", bounds, {
    set: { suspectDevice: "removed", firstInvalidations: 2 },
    known: because(
      "the flush of a removed device begins again for ever while others clear its time-outs, and fail in its place",
      "FLS-4",
    ),
  }),
  studyRun("flushers", "linux-6.12.117-vtd", bounds, {
    set: SILENT,
    known: because(
      "a device that is there and does not answer makes its flush begin again for ever, and abort the others each time",
      "FLS-4",
      "FLS-5",
    ),
  }),
  studyRun("flushers", "linux-6.1.192-vtd", bounds, {
    set: { suspectDevice: "removed", firstInvalidations: 2 },
    known: because("a device that was removed makes its flush begin again for ever", "FLS-4", "FLS-5"),
  }),
];
