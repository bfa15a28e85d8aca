/** Designs and sizes of the focused model `address-ranges`. */
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
    sentence: "type1 since 2025-11, with pages mapped by faults, and a DMA_MAP that drops iommu->lock between batches.",
    design: INTENDED,
  },
  /** B-15 and B-18 are fixed in its stable releases; the fixes of 2025-11 (B-19) are those of 6.18. */
  "linux-6.12.117": {
    sentence:
      "type1 of Linux 6.12.117, as if faults mapped pages: an unmap at the top of the IOVA space finds nothing.",
    design: { ...INTENDED, rangeEnd: "wraps", unmapWalk: "below-end", mapKeepsLock: true },
  },
  iommufd: {
    sentence: "iommufd: ranges are compared by last addresses, batches are carried over, and the lock is kept.",
    design: { ...INTENDED, mapMode: "eager", mapKeepsLock: true },
  },
  /** D-25; before B-18 and B-19. */
  "rfc-v2": {
    sentence: "RFC v2: DMA_MAP only links the mapping, and a fault maps pages ahead and unpins them at once.",
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
