/** Designs and sizes of the study `address-ranges`. */
import type { KnobTable } from "../../knobs.ts";
import { pagesIn, type AddressSpace, type RangeEnd } from "../../machines/linux/vfio/type1/ranges/address.ts";
import type { AttachProbeRules } from "../../machines/linux/vfio/type1/ranges/attach-probe.ts";
import type { CacheDriverRules } from "../../machines/linux/vfio/type1/ranges/page-cache-driver.ts";
import type { PinLoopRules } from "../../machines/linux/vfio/type1/ranges/pin-loop.ts";
import type { MemoryLayout, MemoryRules } from "../../machines/linux/vfio/type1/ranges/process-memory.ts";
import type { RangeHandlerRules } from "../../machines/linux/vfio/type1/ranges/range-fault-handler.ts";
import type { UnpinLoopRules } from "../../machines/linux/vfio/type1/ranges/unpin-loop.ts";
import type { BoundsName } from "../study.ts";

export interface AddressRangesDesign {
  readonly name: string;
  readonly mapMode: "eager" | "lazy" | "either";
  readonly rangeEnd: RangeEnd;
  readonly unmapWalk: UnpinLoopRules["ends"];
  readonly carryEntry: UnpinLoopRules["carry"];
  readonly pfnmapFrame: MemoryRules["pfnmapFrame"];
  readonly leftoverPage: PinLoopRules["leftover"];
  readonly mapYieldsAfter: PinLoopRules["yieldsAfter"];
  readonly mapKeepsLock: boolean;
  readonly pinsOfFaults: "kept" | "put-when-mapped";
  readonly mapsAhead: number;
  readonly faultUnit: RangeHandlerRules["faultUnit"];
  readonly shiftBits: CacheDriverRules["shiftBits"];
  readonly cacheHit: CacheDriverRules["cacheHit"];
  readonly probesAt: AttachProbeRules["probesAt"];
}

export interface AddressRangesSizes {
  readonly name: string;
  readonly addressBits: number;
  readonly pageShift: number;
  readonly batchPages: number;
  readonly mappingsMost: number;
  readonly rangeUnit: "half" | "quarter" | "edge";
  readonly memoryLayout: MemoryLayout;
  readonly reservedWindow: "none" | "bottom" | "second";
  readonly aperture: "to-the-top" | "below-the-top";
  readonly rangeFaults: boolean;
  readonly cacheDriver: boolean;
  readonly pageAccess: boolean;
  readonly attachProbe: boolean;
}

const flag = { kind: "flag" } as const;
const choice = <const Choice extends string>(of: readonly Choice[]) => ({ kind: "choice", of }) as const;

export const addressRangesKnobs: KnobTable<AddressRangesDesign> = {
  mapMode: {
    id: "row 70",
    values: choice(["eager", "lazy", "either"]),
    sentence: "Whether DMA_MAP pins and maps, only links and leaves pages to faults, or does what the user says.",
  },
  rangeEnd: {
    id: "B-19",
    values: choice(["last", "wraps"]),
    sentence: "Whether ranges are compared by their last addresses, or by their ends, which wrap at the top.",
  },
  unmapWalk: {
    id: "B-19",
    values: choice(["counted", "compared", "below-end"]),
    sentence:
      "Whether an unmap counts its pages, or goes on while the next address is not above the last, or below the end (0).",
  },
  carryEntry: {
    id: "B-39",
    values: choice(["counted", "not-counted"]),
    sentence: "Whether the entry of a batch that pages are carried over in is counted.",
  },
  pfnmapFrame: {
    id: "B-12",
    values: choice(["page-table", "vma-offset"]),
    sentence: "Whether the frame of a page of a device is read from the page table, or computed from an offset.",
  },
  leftoverPage: {
    id: "D-25",
    values: choice(["put", "left"]),
    sentence: "What becomes of the one page of a batch that does not belong to the run: put, or left for the next run.",
  },
  mapYieldsAfter: {
    id: "B-18",
    values: choice(["batch", "run"]),
    sentence: "Whether others may run after each batch of pages, or only after a run of frames that follow each other.",
  },
  mapKeepsLock: {
    id: "I-35",
    values: flag,
    sentence: "Whether the container's lock is kept while others may run.",
  },
  pinsOfFaults: {
    id: "VFIO facts 1.0",
    values: choice(["kept", "put-when-mapped"]),
    sentence: "Whether pages that a fault mapped stay pinned.",
  },
  mapsAhead: {
    id: "VFIO facts 1.0",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Pages that a fault maps at most, beginning with its own.",
  },
  faultUnit: {
    id: "B36",
    values: choice(["address", "page-number"]),
    sentence: "Whether a fault is reported with its address, or with the number of its page in place of it.",
  },
  shiftBits: {
    id: "B-11",
    values: choice(["of-an-address", "one-less"]),
    sentence: "The width of the register in which a driver's page number is made an address.",
  },
  cacheHit: {
    id: "B-21",
    values: choice(["page-and-size", "page"]),
    sentence: "Whether a driver's entry for a guest page is used again only for the same size.",
  },
  probesAt: {
    id: "B-15",
    values: choice(["free-window", "zero"]),
    sentence: "Where the probe at attach maps its two pages: in a window that is not reserved, or at address 0.",
  },
};

export const addressRangesSizeKnobs: KnobTable<AddressRangesSizes> = {
  addressBits: {
    id: "bound",
    values: { kind: "integer", from: 3, to: 5 },
    sentence: "Width of an IOVA, in bits.",
  },
  pageShift: { id: "bound", values: { kind: "integer", from: 1, to: 2 }, sentence: "log2 of the bytes of a page." },
  batchPages: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Pages that are got from the process in one call at most (512 in Linux).",
  },
  mappingsMost: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "Mappings at a time." },
  rangeUnit: {
    id: "bound",
    values: choice(["half", "quarter", "edge"]),
    sentence:
      "The part of the address space at whose multiples ranges begin and end; edge: the first quarter, first and last three.",
  },
  memoryLayout: {
    id: "VFIO facts 2.6",
    values: choice(["ram", "scattered", "mmio-last", "mmio-inside"]),
    sentence: "Whether all is RAM in a row, the last frame lies elsewhere, or the last or second page is a device's.",
  },
  reservedWindow: {
    id: "B-15",
    values: choice(["none", "bottom", "second"]),
    sentence: "Which page of the address space is reserved.",
  },
  aperture: {
    id: "B-19",
    values: choice(["to-the-top", "below-the-top"]),
    sentence:
      "Whether DMA_MAP may reach 2^64-1 (6.12: AMD v1 tables, virtio-iommu without input range, mdev only), or the last page is out.",
  },
  rangeFaults: { id: "bound", values: flag, sentence: "Whether a device touches pages, and faults." },
  cacheDriver: { id: "bound", values: flag, sentence: "Whether a mediated driver pins pages of two sizes." },
  pageAccess: {
    id: "bound",
    values: flag,
    sentence: "Whether somebody in the kernel has access to the page below the middle, and the device may be detached.",
  },
  attachProbe: { id: "bound", values: flag, sentence: "Whether a device is attached to a new domain." },
};

const INTENDED: Omit<AddressRangesDesign, "name"> = {
  mapMode: "either",
  rangeEnd: "last",
  unmapWalk: "counted",
  carryEntry: "counted",
  pfnmapFrame: "page-table",
  leftoverPage: "put",
  mapYieldsAfter: "batch",
  mapKeepsLock: false,
  pinsOfFaults: "kept",
  mapsAhead: 2,
  faultUnit: "address",
  shiftBits: "of-an-address",
  cacheHit: "page-and-size",
  probesAt: "free-window",
};

export const addressRangesHosts = {
  intended: {
    sentence: "type1 since 2025-11, with pages mapped at faults, and a DMA_MAP that drops its lock for faults.",
    design: INTENDED,
  },
  /** B-15 and B-18 are fixed in its stable releases; the fixes of 2025-11 (B-19) are those of 6.18. */
  "linux-6.12.117": {
    sentence:
      "type1 of 6.12.117 as if it mapped at faults: DMA_MAP keeps its lock, and a range may not reach the top (B-19).",
    design: { ...INTENDED, rangeEnd: "wraps", unmapWalk: "below-end", mapKeepsLock: true },
  },
  iommufd: {
    sentence:
      "The ranges of iommufd: last addresses in place of ends, batches that are carried over, a lock that is kept.",
    design: { ...INTENDED, mapMode: "eager", mapKeepsLock: true },
  },
  /** D-25; before B-18 and B-19. */
  "rfc-v2": {
    sentence: "RFC v2: DMA_MAP only links the mapping; a fault maps ahead in batches and unpins the pages at once.",
    design: {
      ...INTENDED,
      mapMode: "lazy",
      rangeEnd: "wraps",
      unmapWalk: "below-end",
      leftoverPage: "left",
      mapYieldsAfter: "run",
      mapKeepsLock: true,
      pinsOfFaults: "put-when-mapped",
      mapsAhead: 8,
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<AddressRangesDesign, "name"> } };

const SMALL: Omit<AddressRangesSizes, "name"> = {
  addressBits: 3,
  pageShift: 1,
  batchPages: 2,
  mappingsMost: 1,
  rangeUnit: "edge",
  memoryLayout: "mmio-last",
  reservedWindow: "none",
  aperture: "to-the-top",
  rangeFaults: false,
  cacheDriver: false,
  pageAccess: false,
  attachProbe: false,
};

export const addressRangesBounds: { readonly [name in BoundsName]: Omit<AddressRangesSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, mappingsMost: 2, rangeUnit: "quarter" },
  deep: { ...SMALL, addressBits: 4, mappingsMost: 2, rangeUnit: "quarter" },
};

export const spaceOf = ({ addressBits, pageShift }: AddressRangesSizes): AddressSpace => ({
  bits: addressBits,
  shift: pageShift,
});
export const partsOf = ({ rangeUnit }: AddressRangesSizes): number => (rangeUnit === "half" ? 2 : 4);
/** In pages. A range over the whole address space does not exist: its size is 0, and MAP and UNMAP refuse it. */
export const longestRange = (sizes: AddressRangesSizes): number =>
  pagesIn(spaceOf(sizes)) - pagesIn(spaceOf(sizes)) / partsOf(sizes);

export const reservedPages = ({ reservedWindow }: AddressRangesSizes): readonly number[] =>
  reservedWindow === "none" ? [] : [reservedWindow === "bottom" ? 0 : 1];

/**
 * Where DMA_MAP is refused: vfio_iommu_iova_dma_valid() asks for one entry of the list of valid ranges that holds all of
 * the range. The list is cut to the aperture of each domain (vfio_iommu_aper_resize()), and is empty, which allows
 * everything, in a container with mediated devices only. In 6.12.117 the aperture reaches 2^64-1, among others, with page
 * tables v1 of AMD (dma_max_address()), a virtio-iommu whose device names no input range or one that ends there, arm-smmu
 * (SMMUv2) with IO_PGTABLE_QUIRK_ARM_TTBR1, and Exynos; VT-d and SMMUv3 end at the width of their addresses.
 */
export const refusedPages = (sizes: AddressRangesSizes): readonly number[] => [
  ...reservedPages(sizes),
  ...(sizes.aperture === "below-the-top" ? [pagesIn(spaceOf(sizes)) - 1] : []),
];

/** Actors or choices that a design has no place for. */
export function contradictionOf(design: AddressRangesDesign, sizes: AddressRangesSizes): string | undefined {
  if (sizes.pageShift + 2 > sizes.addressBits) return "the address space needs four pages (addressBits, pageShift)";
  if (design.mapMode === "lazy" && !sizes.rangeFaults) return "lazy mappings need faults (rangeFaults)";
  return undefined;
}
