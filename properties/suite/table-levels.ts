/** A page table that gets another level: the generic one, and AMD's before it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const PUBLISHED_FIRST = because(
  "a thread reads the new top, and its map returns before the entry of the device has another level",
  "LVL-9",
);
const larger = (bounds: string, known: SuiteRun["known"]): SuiteRun["known"] => (bounds === "small" ? {} : known);

export const tableLevelsRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("table-levels", "intended", bounds),
  ...(bounds === "small" ? [studyRun("table-levels", "intended", bounds, { set: { threads: 3 } })] : []),
  studyRun("table-levels", "linux-6.12.117-amd", bounds, { known: larger(bounds, PUBLISHED_FIRST) }),
  studyRun("table-levels", "linux-6.1.192-amd", bounds, {
    set: { threads: 2 },
    known: {
      ...PUBLISHED_FIRST,
      ...because(
        "alloc_pte() takes the former mode with the new root, and enters a page at another level or finds its entry there",
        "LVL-7",
        "LVL-8",
        "LVL-11",
      ),
      ...because(
        "fetch_pte() takes the former mode with the new root, and an entry of another level ends its walk",
        "LVL-1",
        "LVL-3",
      ),
    },
  }),
  studyRun("table-levels", "guest-without-range", bounds, {
    known: because(
      "gather_range_pages() leaves the range empty where the IOMMU caches absent entries",
      "LVL-3",
      "LVL-5",
    ),
  }),
];
