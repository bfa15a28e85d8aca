/**
 * Giving one page back: an entry of the IOMMU that goes (DMA_UNMAP, detach, release), or an unpin of an mdev driver. The
 * caller holds the container's lock.
 *
 * Models  vfio_unmap_unpin() and vfio_unpin_page_external() (VFIO facts 2.2, 2.3 U3c, 2.4), page by page: unmap, unpin,
 *         uncharge; a page that is in pfn_list stays charged when its entry goes. A driver's unpin drops a reference, and
 *         only the last one puts the page.
 * Omits   the invalidation between unmap and unpin, which the systems of page faults judge (I-03).
 */
import { assign, emit, setup } from "xstate";
import type { PageKind, PinningDesign } from "./page-pinning.ts";
import type { DmaFound } from "./accounted-dma.ts";

/** The rules in which designs differ. */
export interface PuttingDesign extends Pick<PinningDesign, "mdevCharges"> {
  /** From which mm the charge is taken. */
  readonly unchargesFrom: "owner" | "current";
  /** Whether pages that drivers pinned stay charged when their entry goes. */
  readonly reaccounts: boolean;
  /** Whether the page is put with its last reference, or with any. */
  readonly sharedPins: "counted" | "put-by-any";
}

export interface PagePuttingRules {
  readonly name: string;
  readonly container: number;
  readonly kinds: readonly PageKind[];
  readonly design: PuttingDesign;
}

export interface PagePuttingContext {
  readonly rules: PagePuttingRules;
  readonly by: string | null;
  readonly page: number | null;
  readonly purpose: "map" | "list" | null;
  readonly mm: number | null;
  readonly uncharges: boolean;
}

const STEPS = ["takes", "unpins", "uncharges"] as const;

const s = setup({
  types: {
    context: {} as PagePuttingContext,
    events: {} as
      | {
          readonly type: "putting.starts";
          readonly page: number;
          readonly purpose: "map" | "list";
          readonly by: string;
        }
      | { readonly type: `putting.${(typeof STEPS)[number]}` }
      | DmaFound,
    emitted: {} as
      | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
      | { readonly type: "dma.unmaps" | "dma.unlists"; readonly page: number }
      | { readonly type: "host.unpins"; readonly page: number }
      | { readonly type: "mm.uncharges"; readonly mm: number; readonly container: number; readonly page: number }
      | { readonly type: "putting.done"; readonly by: string },
    input: {} as PagePuttingRules,
  },
  guards: {
    /** A driver unpins what nobody has pinned: a warning, and nothing else. */
    isMissing: ({ context, event }) => event.type === "dma.found" && context.purpose === "list" && event.refs === 0,
    isShared: ({ context, event }) =>
      event.type === "dma.found" &&
      context.purpose === "list" &&
      event.refs > 1 &&
      context.rules.design.sharedPins === "counted",
    isUnpinned: ({ context: { rules, page } }) => rules.kinds[page!] !== "ram",
    uncharges: ({ context }) => context.uncharges,
  },
});

function isToUncharge({ rules: { kinds, design }, page, purpose }: PagePuttingContext, found: DmaFound): boolean {
  if (kinds[page!] !== "ram") return false;
  if (purpose === "list") return design.mdevCharges === "unless-mapped" ? !found.mapped : !found.attached;
  return found.refs === 0 || !design.reaccounts;
}

const takes = s.emit(({ context: { page, purpose } }) => ({
  type: purpose === "list" ? "dma.unlists" : "dma.unmaps",
  page: page!,
}));
const remembers = s.assign(({ context, event }) =>
  event.type === "dma.found"
    ? {
        mm: context.rules.design.unchargesFrom === "owner" ? event.owner : event.current,
        uncharges: isToUncharge(context, event),
      }
    : {},
);
const NOTHING = { by: null, page: null, purpose: null, mm: null, uncharges: false };
const ends = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign(NOTHING);
  enqueue.emit({ type: "putting.done", by: context.by! });
});
const unpins = s.emit(({ context: { page } }) => ({ type: "host.unpins", page: page! }));

export const pagePutting = s.createMachine({
  id: "page-putting",
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "putting.starts": {
          target: "taking",
          actions: assign({
            by: ({ event }) => event.by,
            page: ({ event }) => event.page,
            purpose: ({ event }) => event.purpose,
          }),
        },
      },
    },
    taking: {
      on: {
        "putting.takes": {
          actions: emit(({ context: { rules, page } }) => ({ type: "dma.finds", page: page!, by: rules.name })),
        },
        "dma.found": [
          { guard: "isMissing", target: "idle", actions: ends },
          { guard: "isShared", target: "idle", actions: [takes, ends] },
          { guard: "isUnpinned", target: "idle", actions: [takes, ends] },
          { target: "unpinning", actions: [remembers, takes] },
        ],
      },
    },
    unpinning: {
      on: {
        "putting.unpins": [
          { guard: "uncharges", target: "uncharging", actions: unpins },
          { target: "idle", actions: [unpins, ends] },
        ],
      },
    },
    uncharging: {
      on: {
        "putting.uncharges": {
          target: "idle",
          actions: [
            emit(({ context: { rules, mm, page } }) => ({
              type: "mm.uncharges",
              mm: mm!,
              container: rules.container,
              page: page!,
            })),
            ends,
          ],
        },
      },
    },
  },
});

/** What it does on its own. */
export const puttingSteps = STEPS.map((step) => ({ type: `putting.${step}` }));
