/** The runs of the study of policies. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const missesFirst = because("the first access to a page that is not held faults: that is the design (row 24)", "POL-4");

/** coIOMMU has the most threads: more drivers instead of more pages keep its default run small. */
const ofCoiommu = (bounds: string) =>
  bounds === "small" ? {} : bounds === "default" ? { pages: 1, drivers: 3 } : { pages: 2 };

export const policiesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("policies", "pin-all", bounds, {
    known: because(
      "all pages that were pinned at the start stay pinned: the problem with which the RFC thread begins (row 1)",
      "POL-9",
      "POL-11",
    ),
  }),
  studyRun("policies", "viommu", bounds),
  studyRun("policies", "coiommu", bounds, { set: ofCoiommu(bounds) }),
  studyRun("policies", "coiommu", bounds, { set: { guestLies: true, pages: 1, drivers: 1 } }),
  studyRun("policies", "rfc-v1", bounds, { known: missesFirst }),
  studyRun("policies", "backup-ring", bounds, { known: missesFirst }),
  studyRun("policies", "drop-ring", bounds, {
    set: { pages: 1 },
    known: {
      ...missesFirst,
      ...because("the receive side cannot stop its sender, so a packet without a buffer is lost (4.4)", "POL-3"),
    },
  }),
];
