/**
 * The release of one page: an IOMMU entry that goes (DMA_UNMAP, detach, release), or an unpin of an mdev driver. The
 * caller holds iommu->lock.
 *
 * Models  vfio_unmap_unpin() and vfio_unpin_page_external() (VFIO facts 2.2, 2.3 U3c, 2.4), page by page: unmap, unpin,
 *         uncharge. A page in dma->pfn_list stays charged when its entry goes. An unpin of a driver drops a reference,
 *         and the last one puts the page.
 * Omits   what type1/page-release.ts has: the invalidations between unmap and unpin, step by step (I-03: unpin after
 *         unmap and invalidation). What ranges/unpin-loop.ts has: runs of several pages.
 */
import { assign, emit, setup } from "xstate";
import type { PageKind, PinningDesign } from "./page-pinning.ts";
import type { DmaFound } from "./accounted-dma.ts";
import { linux, messages } from "../../../../../said.ts";

/** The rules in which designs differ. */
export interface PuttingDesign extends Pick<PinningDesign, "mdevCharges"> {
  /** The mm whose locked_vm is lowered. */
  readonly unchargesFrom: "owner" | "current";
  /** Whether pages that drivers pinned stay charged when their entry goes. */
  readonly reaccounts: boolean;
  /** Whether the page is put with the last reference, or with any. */
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

type PagePuttingEmits =
  | { readonly type: "dma.finds"; readonly page: number; readonly by: string }
  | { readonly type: "dma.unmaps" | "dma.unlists"; readonly page: number }
  | { readonly type: "host.unpins"; readonly page: number }
  | { readonly type: "mm.uncharges"; readonly mm: number; readonly container: number; readonly page: number }
  | { readonly type: "putting.done"; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const PUT = linux(TYPE1, "put_pfn");
const CHARGE = linux(TYPE1, "vfio_lock_acct");

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
    emitted: {} as PagePuttingEmits,
    input: {} as PagePuttingRules,
  },
  guards: {
    /** A driver unpins a page that is not pinned: the kernel only warns. */
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
  description: "the release of one page: unmap or drop a reference, unpin, uncharge",
  meta: {
    origin: linux(TYPE1, "vfio_unmap_unpin", "vfio_unpin_page_external"),
    lane: "the release of a page in container {container}, under iommu->lock",
    messages: messages<PagePuttingEmits>({
      "dma.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
      "dma.unmaps": {
        says: "clears the entry of page {page}",
        origin: linux("drivers/iommu/iommu.c", "iommu_unmap_fast"),
      },
      "dma.unlists": {
        says: "drops a reference of page {page} in dma->pfn_list",
        origin: linux(TYPE1, "vfio_iova_put_vfio_pfn"),
      },
      "host.unpins": { says: "unpins page {page}", origin: PUT },
      "mm.uncharges": { says: "takes page {page} off locked_vm of mm {mm}", origin: CHARGE },
      "putting.done": "returns to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  states: {
    idle: {
      description: "no page is being released",
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
      description: "page {page} is to lose its entry or a reference ({purpose})",
      on: {
        "putting.takes": {
          description: "takes away the entry of page {page} or a reference ({purpose})",
          meta: { listed: true },
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
      description: "page {page} is unmapped or unlisted, and still pinned",
      on: {
        "putting.unpins": [
          {
            description: "unpins page {page}",
            meta: { origin: PUT },
            guard: "uncharges",
            target: "uncharging",
            actions: unpins,
          },
          { target: "idle", actions: [unpins, ends] },
        ],
      },
    },
    uncharging: {
      description: "page {page} is unpinned and still charged",
      on: {
        "putting.uncharges": {
          description: "takes page {page} off locked_vm",
          meta: { origin: CHARGE },
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

/** Its own steps. */
export const puttingSteps = STEPS.map((step) => ({ type: `putting.${step}` }));
