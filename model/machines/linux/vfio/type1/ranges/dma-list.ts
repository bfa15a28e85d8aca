/**
 * The mappings of a container by their ranges, and the addresses that no mapping may have. It is read and written under
 * iommu->lock.
 *
 * Models  vfio_find_dma(), vfio_find_dma_first_node(), vfio_link_dma(), vfio_iommu_iova_dma_valid() and the checks of
 *         VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA (VFIO facts 2.2, 2.3): mappings do not overlap, lie outside of
 *         reserved regions and inside of the aperture, and are unmapped as a whole. A mapping in the making reaches as
 *         far as its pages are mapped. Ranges are compared by their last addresses, or, as before November
 *         2025 and still in 6.1.192 and 6.12.117, by their ends, which wrap to 0 at the top (B-19: unmap found nothing and
 *         returned 0 bytes).
 * Omits   what accounting/accounted-dma.ts has: the entries, the pfn_list and the charges of each page. The walks of
 *         VFIO_DMA_UNMAP_FLAG_ALL and of a release, which do not look up a range (range-user.ts says what they do).
 *         Protection bits. Which of two mappings the tree would find first: here the lower one.
 */
import { assign, emit, setup } from "xstate";
import { overlap, shared, type AddressRange, type AddressSpace, type RangeEnd } from "./address.ts";
import { linux, messages } from "../../../../../said.ts";

export interface ListedDma extends AddressRange {
  /** Pages are mapped when they fault. */
  readonly lazy: boolean;
  /** Bytes of it that are mapped; fewer than `size` while DMA_MAP is under way. */
  readonly done: number;
}

export interface DmaListRules {
  readonly space: AddressSpace;
  readonly rangeEnd: RangeEnd;
  /** Reserved regions, and addresses outside of the aperture. */
  readonly reserved: readonly AddressRange[];
  /** dma_avail. */
  readonly most: number;
}

export interface DmaListContext {
  readonly rules: DmaListRules;
  /** By address. */
  readonly dmas: readonly ListedDma[];
}

interface Asks {
  readonly by: string;
  readonly range: AddressRange;
}

export type ListAsked =
  | ({ readonly type: "list.checks-map" | "list.checks-unmap" | "list.finds" } & Asks)
  | { readonly type: "list.links"; readonly range: AddressRange; readonly lazy: boolean }
  | { readonly type: "list.grows"; readonly bytes: number }
  | { readonly type: "list.unlinks"; readonly first: number };

export type ListVerdict = "free" | "exists" | "reserved" | "no-room" | "bisects";

export type ListEmits =
  | {
      readonly type: "list.checked";
      readonly by: string;
      readonly verdict: ListVerdict;
      /** Ghost: bytes of the range that are mapped. */
      readonly covered: number;
    }
  | { readonly type: "list.found"; readonly by: string; readonly dma: ListedDma | null };

const extent = ({ first, done }: ListedDma): AddressRange => ({ first, size: done });

/** Ghost: bytes of the range that the mappings really have. */
const covered = ({ dmas }: DmaListContext, range: AddressRange): number =>
  dmas.reduce((bytes, dma) => bytes + shared(extent(dma), range), 0);

const found = ({ rules, dmas }: DmaListContext, range: AddressRange): ListedDma | null =>
  dmas.find((dma) => overlap(extent(dma), range, rules.space, rules.rangeEnd)) ?? null;

function forMap(context: DmaListContext, range: AddressRange): ListVerdict {
  const { rules, dmas } = context;
  if (found(context, range)) return "exists";
  if (dmas.length >= rules.most) return "no-room";
  return rules.reserved.some((region) => overlap(region, range, rules.space)) ? "reserved" : "free";
}

/** Type1v2: a mapping is removed as a whole or stays. */
const forUnmap = ({ rules, dmas }: DmaListContext, range: AddressRange): ListVerdict =>
  dmas.some((dma) => overlap(dma, range, rules.space, rules.rangeEnd) && shared(dma, range) < dma.size)
    ? "bisects"
    : "free";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** What the callers of the list say. */
export const listAskedSays = {
  "list.checks-map": {
    says: "checks {range.size} byte(s) from address {range.first} for overlap and reserved regions",
    origin: linux(TYPE1, "vfio_find_dma"),
  },
  "list.checks-unmap": {
    says: "checks that {range.size} byte(s) from address {range.first} cut no mapping",
    origin: linux(TYPE1, "vfio_find_dma"),
  },
  "list.finds": {
    says: "looks up {range.size} byte(s) from address {range.first}",
    origin: linux(TYPE1, "vfio_find_dma_first_node"),
  },
  "list.links": {
    says: "links a mapping of {range.size} byte(s) at address {range.first}",
    origin: linux(TYPE1, "vfio_link_dma"),
  },
  "list.grows": { says: "adds {bytes} byte(s) to dma->size", origin: linux(TYPE1, "vfio_pin_map_dma") },
  "list.unlinks": { says: "unlinks the mapping at address {first}", origin: linux(TYPE1, "vfio_unlink_dma") },
} as const;

const s = setup({
  types: {
    context: {} as DmaListContext,
    events: {} as ListAsked,
    emitted: {} as ListEmits,
    input: {} as DmaListRules,
  },
});

export const dmaList = s.createMachine({
  id: "dma-list",
  description: "the mappings of a container by their ranges",
  meta: {
    origin: linux(TYPE1, "vfio_find_dma"),
    lane: "iommu->dma_list",
    messages: messages<ListEmits>({
      "list.checked": "finds the range {verdict} for {by}",
      "list.found": "returns the mapping, or none, to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, dmas: [] }),
  on: {
    "list.checks-map": {
      actions: emit(({ context, event: { by, range } }) => ({
        type: "list.checked",
        by,
        verdict: forMap(context, range),
        covered: covered(context, range),
      })),
    },
    "list.checks-unmap": {
      actions: emit(({ context, event: { by, range } }) => ({
        type: "list.checked",
        by,
        verdict: forUnmap(context, range),
        covered: covered(context, range),
      })),
    },
    "list.finds": {
      actions: emit(({ context, event: { by, range } }) => ({ type: "list.found", by, dma: found(context, range) })),
    },
    "list.links": {
      actions: assign({
        dmas: ({ context, event: { range, lazy } }) =>
          [...context.dmas, { ...range, lazy, done: lazy ? range.size : 0 }].sort((a, b) => a.first - b.first),
      }),
    },
    /** DMA_MAP has mapped more of the mapping in the making. */
    "list.grows": {
      actions: assign({
        dmas: ({ context, event }) => {
          const making = context.dmas.findIndex(({ done, size }) => done < size);
          return context.dmas.map((dma, at) => (at === making ? { ...dma, done: dma.done + event.bytes } : dma));
        },
      }),
    },
    "list.unlinks": {
      actions: assign({
        dmas: ({ context, event }) => {
          const gone = context.dmas.findIndex(({ first }) => first === event.first);
          return context.dmas.filter((_, at) => at !== gone);
        },
      }),
    },
  },
});
