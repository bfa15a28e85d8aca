/** Listeners to the memory of a process: of the interval tree, of the list, and one that refuses. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const REFUSES = { threads: 1, memory: "reaping", refuses: true } as const;

export const notifiersRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("notifiers", "intended", bounds),
  studyRun("notifiers", "intended", bounds, { set: { listeners: "tree", ...REFUSES } }),
  studyRun("notifiers", "intended", bounds, { set: { listeners: "both", ...REFUSES } }),
  studyRun("notifiers", "intended", bounds, { set: { listeners: "list", threads: 1 } }),
  studyRun("notifiers", "intended", bounds, {
    set: { listeners: "tree", threads: 1, pages: 2, memory: "collapses" },
  }),
  studyRun("notifiers", "linux-6.12.117", bounds, {
    set: { listeners: "both", ...REFUSES },
    known: because(
      "a listener of the list that refuses leaves the invalidation of the interval tree open, and hears an end without its start",
      "LSN-5",
      "LSN-8",
      "LSN-10",
    ),
  }),
];
