/**
 * The mappings of a container by their ranges, and the addresses that no mapping may have. Read and written under the
 * container's lock.
 *
 * Models  vfio_find_dma(), vfio_find_dma_first_node(), vfio_link_dma(), vfio_iommu_iova_dma_valid() and the checks of
 *         DMA_MAP and DMA_UNMAP (VFIO facts 2.2, 2.3): no overlap, none in a reserved region or outside of the aperture, none cut in two. A mapping
 *         that is being made reaches as far as its pages are mapped. Two ranges are compared by their last addresses, or,
 *         as before 2025-11, by their ends, which are 0 at the top (B-19).
 * Omits   the walks of UNMAP_ALL and of a release, which ask for no range (range-user.ts says what they do); protection;
 *         which of two mappings a tree would find first: here the lower one.
 */
import { assign, emit, setup } from "xstate";
import { overlap, shared, type AddressRange, type AddressSpace, type RangeEnd } from "./address.ts";

export interface ListedDma extends AddressRange {
  /** Nothing is mapped before a fault asks for it. */
  readonly lazy: boolean;
  /** Bytes of it that are there: all, unless DMA_MAP is still at it. */
  readonly done: number;
}

export interface DmaListRules {
  readonly space: AddressSpace;
  readonly rangeEnd: RangeEnd;
  /** Also what lies outside of the aperture. */
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

/** Ghost: bytes of the range that mappings really have. */
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

/** v2: a mapping is removed as a whole or not at all. */
const forUnmap = ({ rules, dmas }: DmaListContext, range: AddressRange): ListVerdict =>
  dmas.some((dma) => overlap(dma, range, rules.space, rules.rangeEnd) && shared(dma, range) < dma.size)
    ? "bisects"
    : "free";

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
    /** DMA_MAP has come further with the one mapping that is being made. */
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
