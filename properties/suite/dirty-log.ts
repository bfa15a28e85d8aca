/** The runs of the focused model of the dirty log. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const NEVER_MAPPED =
  "only mappings that DMA_MAP has mapped are reported as dirty in full, and with faults none is: a page that faulted and was written is reported as clean (D-07)";
const NARROWED =
  "the first pin limits the dirty scope of a group to its pinned pages, and no report has what its device wrote elsewhere before that (VFIO facts 2.5)";

/** Groups that may write everything. */
const WIDE = { driverPins: false };

export const dirtyLogRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("dirty-log", "linux-6.1.192", bounds),
  studyRun("dirty-log", "linux-6.1.192", bounds, {
    set: { ...WIDE, iommuGroups: 0, mediated: true, pages: 2, mappings: 1 },
  }),
  studyRun("dirty-log", "linux-6.1.192", bounds, { set: { ...WIDE, pages: 2, mappings: 2, allocationFails: true } }),
  studyRun("dirty-log", "linux-6.1.192", bounds, {
    set: { earlyWrites: true, pages: 2 },
    known: because(NARROWED, "DRT-1"),
  }),
  studyRun("dirty-log", "rfc-v1", bounds, { set: WIDE, known: because(NEVER_MAPPED, "DRT-1") }),
  studyRun("dirty-log", "rfc-v3", bounds, { set: WIDE }),
  studyRun("dirty-log", "intended", bounds, { set: { earlyWrites: true, ...(bounds !== "small" && { pages: 2 }) } }),
];
