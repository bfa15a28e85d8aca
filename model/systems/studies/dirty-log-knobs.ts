/** The knobs of the focused model `dirty-log`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import { accountingKnobs } from "./accounting-knobs.ts";
import type { DirtyLogDesign, DirtyLogSizes } from "./dirty-log-design.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const dirtyLogKnobs: KnobTable<DirtyLogDesign> = {
  pinsAt: accountingKnobs.pinsAt,
  fullWhen: {
    id: "D-07",
    values: choice({
      mapped: "Mappings that DMA_MAP has mapped are all dirty (dma->iommu_mapped), as in Linux and RFC v1.",
      "mapped-or-faulting": "Mappings whose pages come by faults are all dirty as well (RFC v3).",
    }),
    sentence: "The mappings that are reported as all dirty while some group may write everywhere.",
  },
  detachFills: {
    id: "B-06",
    values: flag,
    sentence: "Whether all pages are marked when a group that may write everywhere is detached.",
  },
  narrowFills: {
    id: "VFIO facts 2.5",
    values: flag,
    sentence:
      "Whether all pages are marked when a group that may write everywhere begins to pin; Linux marks only those that it pins.",
  },
  narrows: {
    id: "B-08",
    values: choice({
      singletons: "Only a group with one device has that scope (vfio_group_pin_pages()).",
      "any-group": "Every group has that scope, even if another device of it writes everywhere.",
    }),
    sentence: "The groups whose dirty scope is pinned pages once their driver pins.",
  },
  scopeCounts: {
    id: "I-45",
    values: choice({
      once: "It is decremented once for each group.",
      "each-pin": "It is decremented at each pin, and becomes negative (deliberate defect).",
    }),
    sentence: "When iommu->num_non_pinned_groups is decremented.",
  },
  startMarks: {
    id: "I-20",
    values: flag,
    sentence: "Whether VFIO_IOMMU_DIRTY_PAGES_FLAG_START marks the pages that are pinned already.",
  },
  pinMarks: { id: "I-20", values: flag, sentence: "Whether vfio_pin_pages() marks the page." },
  unpinKeeps: {
    id: "I-20",
    values: flag,
    sentence: "Whether vfio_unpin_pages() keeps the mark, so that the page is reported once more.",
  },
  getOrder: {
    id: "VFIO facts 2.5",
    values: choice({
      "clear-then-remark": "It copies the bitmap, clears it, then marks pinned pages again, as in Linux.",
      "remark-then-clear": "It copies the bitmap, marks pinned pages again, then clears all (deliberate defect).",
      "clear-only": "It copies the bitmap and clears it (deliberate defect).",
      "clear-then-copy": "It clears the bitmap before it copies it (deliberate defect).",
    }),
    sentence: "What VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP does, and in which order.",
  },
  unmapReports: {
    id: "VFIO facts 2.3",
    values: flag,
    sentence: "Whether DMA_UNMAP reports the dirty pages before it removes the mapping (GET_DIRTY_BITMAP).",
  },
  startUnwinds: {
    id: "B-01",
    values: choice({
      previous: "It frees the bitmaps that it has allocated.",
      "failed-one": "It frees the bitmap whose allocation failed, and the others leak (before the fix).",
    }),
    sentence: "The bitmaps that START frees when an allocation fails.",
  },
  failedStart: {
    id: "I-38",
    values: choice({
      unlocks: "It drops iommu->lock.",
      "keeps-lock": "It returns with iommu->lock held (deliberate defect).",
    }),
    sentence: "What START does with iommu->lock when it fails.",
  },
  writeMarks: {
    id: "B-07",
    values: choice({
      all: "It marks both pages.",
      "by-length": "It marks only the first page, because the length alone counts (before the fix).",
    }),
    sentence: "The pages that vfio_dma_rw() marks when a write crosses a page boundary.",
  },
};

export const dirtyLogSizeKnobs: KnobTable<DirtyLogSizes> = {
  pages: boundsKnobs.pages,
  mappings: { id: "bound", values: integer(1, 3), sentence: "Number of mappings that share the pages." },
  iommuGroups: {
    id: "bound",
    values: integer(0, 2),
    sentence: "Number of IOMMU-backed groups that are attached and detached.",
  },
  groupDevices: {
    id: "B-08",
    values: integer(1, 2),
    sentence: "Number of devices in each IOMMU-backed group; a driver confines the first one.",
  },
  driverPins: {
    id: "row 73",
    values: flag,
    sentence: "Whether the driver of the first group pins the pages that its device writes.",
  },
  mediated: {
    id: "bound",
    values: flag,
    sentence: "Whether there is a mediated device, whose driver pins and writes pages.",
  },
  earlyWrites: {
    id: "VFIO facts 2.5",
    values: flag,
    sentence: "Whether the device of the first group writes everywhere until its driver pins for the first time.",
  },
  allocationFails: { id: "B-01", values: flag, sentence: "Whether an allocation of START may fail." },
};
