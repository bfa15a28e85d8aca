/** Designs, sizes and knobs of the focused model `large-pages`: pages of two sizes below one IOMMU. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { LargeRules } from "../../machines/linux/vfio/iopf/large/large-orders.ts";
import type { BoundsName } from "../study.ts";

export interface LargePagesDesign extends LargeRules {
  readonly name: string;
}

export interface LargePagesSizes {
  readonly name: string;
  /** DMA_UNMAP of the first two pages. */
  readonly rangeUnmaps: boolean;
  /** A table for a split may lack memory. */
  readonly tableMemory: "enough" | "may-fail";
}

const INTENDED: LargeRules = {
  faultMaps: "large",
  partUnmap: "whole",
  splitOrder: "at-once",
  believes: "entry",
  tableSwap: "flush-then-free",
  charges: "base-pages",
  releaseOrder: "flush-then-unpin",
};

export const largePagesHosts = {
  intended: {
    sentence: "A fault maps a large page, and whoever takes back a part of it unpins all that was unmapped.",
    design: INTENDED,
  },
  "base-pages": {
    sentence: "RFC v1 to v3 without premapping: a fault maps one base page.",
    design: { ...INTENDED, faultMaps: "base" },
  },
  "premap-vtd": {
    sentence: "RFC v3 with premapping, on VT-d of 6.12.117.",
    design: { ...INTENDED, partUnmap: "table-walk", believes: "asked", tableSwap: "free-then-flush" },
  },
  "premap-amd": {
    sentence: "RFC v3 with premapping, on AMD of 6.12.117.",
    design: { ...INTENDED, believes: "asked" },
  },
  "premap-smmuv3": {
    sentence: "RFC v3 with premapping, on SMMUv3 of 6.12.117, which splits.",
    design: { ...INTENDED, partUnmap: "splits", believes: "asked" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: LargeRules } };

export const largePagesBounds: { readonly [name in BoundsName]: Omit<LargePagesSizes, "name"> } = {
  small: { rangeUnmaps: false, tableMemory: "enough" },
  default: { rangeUnmaps: true, tableMemory: "enough" },
  deep: { rangeUnmaps: true, tableMemory: "enough" },
};

export const largePagesKnobs: KnobTable<LargePagesDesign> = {
  faultMaps: {
    id: "D-08",
    values: choice({
      large:
        "The large page around it, if none of its pages is mapped and memory is contiguous (premapping in RFC v3).",
      base: "One base page.",
    }),
    sentence: "What a fault maps.",
  },
  partUnmap: {
    id: "VFIO facts 2.6",
    values: choice({
      whole: "It clears the large entry, and returns its size (AMD of 6.12.117).",
      "whole-from-start":
        "As whole from the start of the large page, and nothing from its middle (7.3.4, generic tables).",
      "table-walk": "As whole from the start; from the middle it takes the page for a table (VT-d of 6.12.117).",
      splits: "It writes a table with the other pages in place of the entry (io-pgtable-arm of 6.12.117).",
      nothing: "It warns and unmaps nothing (io-pgtable-arm since 33729a5fc0ca).",
    }),
    sentence: "What iommu_unmap() does that is asked for a part of a large page.",
  },
  splitOrder: {
    id: "I10",
    values: choice({
      "at-once": "The table replaces the entry, and the flush comes after (io-pgtable-arm of 6.12.117).",
      "break-before-make": "The entry is cleared and flushed before the table is written.",
      "drops-neighbour": "As at-once, with an empty table (deliberate defect).",
    }),
    sentence: "How a large entry becomes a table.",
  },
  believes: {
    id: "D-08",
    values: choice({
      entry: "Those whose entries were cleared.",
      asked: "The one that was asked for (RFC v2 and v3; iommu_unmap_nofail() of iommufd).",
      "returned-size": "As many as iommu_unmap() returns, from the one that was asked for on (type1).",
    }),
    sentence: "Which pages are unpinned, and no longer marked, after an unmap of one.",
  },
  tableSwap: {
    id: "I7",
    values: choice({
      "flush-then-free": "The caches forget it before it is freed (7.3.4).",
      "free-then-flush": "It is freed first (switch_to_super_page() of 6.12.117).",
      unflushed: "It is freed, and the caches keep it (before 38c527aeb419).",
    }),
    sentence: "What becomes of an empty table where a large entry is written.",
  },
  charges: {
    id: "I-05",
    values: choice({
      "base-pages": "Each base page, and gives back each.",
      "one-per-fault": "One page for each fault (deliberate defect).",
    }),
    sentence: "What a mapping charges to locked_vm.",
  },
  releaseOrder: {
    id: "I7",
    values: choice({
      "flush-then-unpin": "The flush comes first.",
      "unpin-then-flush": "The unpin comes first (deliberate defect).",
    }),
    sentence: "Whether a page is flushed or unpinned first.",
  },
};

export const largePagesSizeKnobs: KnobTable<LargePagesSizes> = {
  rangeUnmaps: {
    id: "bound",
    values: { kind: "flag" },
    sentence: "Whether user space calls DMA_UNMAP for the first two pages.",
  },
  tableMemory: {
    id: "bound",
    values: choice({ enough: "There is enough.", "may-fail": "It may lack." }),
    sentence: "Whether there is memory for the table of a split.",
  },
};
