/** Designs and sizes of the focused model `address-ranges`. */
import type { RangeEnd } from "../../machines/linux/vfio/type1/ranges/address.ts";
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

/** Actors or choices that a design has no place for. */
export function contradictionOf(design: AddressRangesDesign, sizes: AddressRangesSizes): string | undefined {
  if (sizes.pageShift + 2 > sizes.addressBits) return "the address space needs four pages (addressBits, pageShift)";
  if (design.mapMode === "lazy" && !sizes.rangeFaults) return "lazy mappings need faults (rangeFaults)";
  return undefined;
}
