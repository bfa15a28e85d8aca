/** Pages of two sizes, on drivers that do different things to a part of a large page. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const MARK_STAYS = because(
  "the mark of the neighbour stays set after its entry was cleared with the large one",
  "LPG-3",
);
const SPLIT_IN_PLACE = because("a table takes the place of a large entry that the IOTLB still has", "LPG-9");
const TWICE = because("DMA_UNMAP unpins a page whose entry had stayed although it was unpinned", "LPG-5", "LPG-7");

export const largePagesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("large-pages", "intended", bounds),
  studyRun("large-pages", "base-pages", bounds),
  studyRun("large-pages", "premap-vtd", bounds, {
    known: {
      ...MARK_STAYS,
      ...because("an unmap from the middle of a large page leaves its entry, and the page is unpinned", "LPG-1"),
      ...because("dma_pte_clear_level() goes on below a large entry as if the page were a table", "LPG-13"),
      ...because("switch_to_super_page() frees a table before it flushes", "LPG-15"),
      ...(bounds === "small" ? {} : TWICE),
    },
  }),
  studyRun("large-pages", "premap-amd", bounds, { known: MARK_STAYS }),
  studyRun("large-pages", "premap-smmuv3", bounds, {
    set: { tableMemory: "may-fail" },
    known: {
      ...SPLIT_IN_PLACE,
      ...because("a split that gets no memory unmaps nothing, and the page is unpinned", "LPG-1", "LPG-3", "LPG-17"),
      ...(bounds === "small" ? {} : TWICE),
    },
  }),
  studyRun("large-pages", "intended", bounds, {
    set: { partUnmap: "splits", splitOrder: "break-before-make" },
    known: because("the neighbour has no entry between the break and the table", "LPG-17"),
  }),
  studyRun("large-pages", "intended", bounds, {
    set: { partUnmap: "nothing", rangeUnmaps: true },
    known: because("a page of a large one is given back by DMA_UNMAP alone", "LPG-11"),
  }),
];
