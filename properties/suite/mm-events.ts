/** The runs of the focused model of memory events. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const atomic = because(
  ".invalidate_range() is called under a spinlock, and the callback of RFC v2 takes a mutex (D-18)",
  "MMX-6",
);
const deadlocks = (reason: string) => because(reason, "MMX-15", "MMX-16", "LCK-10", "LCK-11", "DEADLOCK");
const cheap = { pages: 1, mms: 1 } as const;

/** Everything at once where there is time for it, else one thing after the other. */
const ofHmm = (bounds: string): readonly SuiteRun[] =>
  bounds === "small"
    ? ["copies", "migrations", "exits", "oom", "updates"].map((happens) =>
        studyRun("mm-events", "hmm", bounds, { set: { happens } }),
      )
    : [studyRun("mm-events", "hmm", bounds)];

export const mmEventsRuns = (bounds: string): readonly SuiteRun[] => [
  ...ofHmm(bounds),
  ...["hmm", "rfc-v2", "rfc-v3"].map((design) =>
    studyRun("mm-events", design, bounds, { set: { ...cheap, happens: "discards", dmaUnmaps: true } }),
  ),
  studyRun("mm-events", "rfc-v2", bounds, { set: { ...cheap, happens: "discards", forcesFlush: true }, known: atomic }),
  studyRun("mm-events", "rfc-v2", bounds, {
    set: { ...cheap, happens: "copies" },
    known: {
      ...atomic,
      ...deadlocks(
        "the handler copies a shared page while it holds iommu->lock, which the notifier callback needs (D-06)",
      ),
      ...because("the handler that copies the page waits for itself for ever (D-06)", "MMX-14"),
    },
  }),
  studyRun("mm-events", "rfc-v2", bounds, {
    set: { ...cheap, happens: "exits" },
    known: because(
      "the notifier has no .release, and is unregistered before the pages of a process that exits are unmapped",
      "MMX-1",
      "MMX-3",
      "MMX-10",
    ),
  }),
  studyRun("mm-events", "rfc-v2", bounds, { set: { ...cheap, happens: "exits", hearsExit: true } }),
  studyRun("mm-events", "rfc-v3", bounds, {
    set: { ...cheap, happens: "updates" },
    known: {
      ...deadlocks(
        "the callback returns with iommu->lock held when its wait fails (D-04), or waits for its own process (D-24)",
      ),
      ...because(
        "pages are freed while they are mapped for the device: at exit, and after the wait of the callback fails (D-04)",
        "MMX-1",
        "MMX-3",
      ),
    },
  }),
];
