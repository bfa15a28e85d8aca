/** The runs of the focused model of policies. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const missesFirst = because(
  "the design lets the first access to a page fault, unless the page is held already (row 24 of the RFC thread)",
  "POL-4",
);

/** coIOMMU has the most threads: more drivers instead of more pages keep its default run small. */
const ofCoiommu = (bounds: string) =>
  bounds === "small" ? {} : bounds === "default" ? { pages: 1, drivers: 3 } : { pages: 2 };

export const policiesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("policies", "pin-all", bounds, {
    known: because(
      "all pages are pinned at the start and stay pinned, which is the problem that the RFC begins with (row 1 of the RFC thread)",
      "POL-9",
      "POL-11",
    ),
  }),
  studyRun("policies", "viommu", bounds),
  studyRun("policies", "coiommu", bounds, { set: ofCoiommu(bounds) }),
  studyRun("policies", "coiommu", bounds, { set: { guestLies: true, pages: 1, drivers: 1 } }),
  studyRun("policies", "rfc-v1", bounds, { known: missesFirst }),
  studyRun("policies", "backup-ring", bounds, { known: missesFirst }),
  studyRun("policies", "vpri", bounds, { known: missesFirst }),
  studyRun("policies", "snoop", bounds),
  studyRun("policies", "drop-ring", bounds, {
    set: { pages: 1 },
    known: {
      ...missesFirst,
      ...because(
        "the receive side cannot stop its sender, so a packet without a buffer is lost (VFIO facts 4.4)",
        "POL-3",
      ),
    },
  }),
];
