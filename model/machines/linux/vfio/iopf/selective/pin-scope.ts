/**
 * The pages that are kept: dma->pfn_list with its count for each page, the pages that DMA_MAP pinned at once, and what
 * both mean to the fault handler and to eviction. It stands between these two and the container.
 *
 * Models  struct vfio_pfn with ref_count (VFIO facts 2.1; I-08: the entry exists as long as the count is not 0), the
 *         range list of RFC v3 patch 7 (VFIO facts 1.4), and three readings of a pinned page (row 66: pinned pages are
 *         those that may fault; row 67: pinned pages must not fault; row 68: only faults inside of the pinned range are
 *         valid; D-19: RFC v3 has the inverse of what row 67 asks for). A fault that is not intended is refused (row 42:
 *         VFIO fixes or warns). It is used under iommu->lock.
 * Omits   the shape of the tree, and a second device with pages of its own. type1/accounting/accounted-dma.ts has the
 *         same list beside the entries and the charges of each page.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux, messages, rfc } from "../../../../../said.ts";
import { evictionSays } from "../../type1/words.ts";

/**
 * What the pages in the list are to the fault handler: pages that must not fault (row 67), or the only pages that may fault
 * (row 68). "not-faultable-literal" refuses a fault on a pinned page without checking whether it is mapped by now.
 */
export type FaultFilter = "not-faultable" | "not-faultable-literal" | "only-faultable" | "all-faultable";

export interface PinScopeRules {
  readonly filter: FaultFilter;
  /** Whether eviction spares the kept pages (I-17: a victim is not locked down). */
  readonly spares: boolean;
  /** Whether a page that two rings share is counted twice (I-08: ref_count is pins minus unpins). */
  readonly counts: boolean;
  /** The largest count: more entries than rings are a leak, and one leak is as good as two. */
  readonly most: number;
}

/** For a ring, counted; or because DMA_MAP pinned everything. */
export type Keeping = "ring" | "static";

export interface PinScopeContext {
  readonly rules: PinScopeRules;
  /** By page. */
  readonly refs: readonly number[];
  /** By page: kept by DMA_MAP. */
  readonly fixed: readonly boolean[];
  /** RFC v3: the filter works once something was pinned. */
  readonly selective: boolean;
  /** The caller that waits for the container's lookup of a kept page. */
  readonly asker: string | null;
  /** Ghost: an access faulted on a page of the pin list. */
  readonly pinnedFault: boolean;
}

export type PinScopeEvent =
  | { readonly type: "container.finds"; readonly page: number; readonly by: string }
  | {
      readonly type: "container.found";
      readonly page: number;
      readonly linked: boolean;
      readonly mapped: boolean;
    }
  | { readonly type: "container.picks-victim"; readonly spare: readonly number[]; readonly by: string }
  | {
      readonly type: "pins.adds" | "pins.removes";
      readonly page: number;
      readonly keeping: Keeping;
      readonly by: string;
    }
  | { readonly type: "pins.asks"; readonly page: number; readonly by: string }
  | { readonly type: "pins.reads"; readonly by: string }
  | { readonly type: "access.faults"; readonly page: number };

export type PinScopeEmits =
  | { readonly type: "container.finds"; readonly page: number; readonly by: string }
  | {
      readonly type: "container.found";
      readonly page: number;
      readonly linked: boolean;
      readonly mapped: boolean;
      readonly by: string;
    }
  | { readonly type: "container.picks-victim"; readonly spare: readonly number[]; readonly by: string }
  /** `last`: no ring keeps the page any more. */
  | { readonly type: "pins.removed"; readonly last: boolean; readonly by: string }
  | { readonly type: "pins.added"; readonly by: string }
  | { readonly type: "pins.held"; readonly held: boolean; readonly by: string }
  | { readonly type: "pins.told"; readonly empty: boolean; readonly by: string };

/** Whether the page is kept at all. */
export const isKept = ({ refs, fixed }: PinScopeContext, page: number): boolean => refs[page]! > 0 || fixed[page]!;

const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] =>
  list.map((old, k) => (k === at ? value : old));

const without = ({ rules, refs }: PinScopeContext, page: number): number => (rules.counts ? refs[page]! - 1 : 0);

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const FILTER = rfc("v3 patch 7", "vfio_iommu_type1_dma_map_iopf");

const s = setup({
  types: {
    context: {} as PinScopeContext,
    events: {} as PinScopeEvent,
    emitted: {} as PinScopeEmits,
    input: {} as PinScopeRules & { readonly pages: number },
  },
});

const adds = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "pins.adds") return;
  const { page, keeping, by } = event;
  if (keeping === "static") enqueue.assign({ fixed: replaced(context.fixed, page, true) });
  else
    enqueue.assign({
      refs: replaced(context.refs, page, Math.min(context.refs[page]! + 1, context.rules.most)),
      selective: true,
    });
  enqueue.emit({ type: "pins.added", by });
});

const removes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "pins.removes") return;
  const { page, keeping, by } = event;
  if (keeping === "static") enqueue.assign({ fixed: replaced(context.fixed, page, false) });
  else enqueue.assign({ refs: replaced(context.refs, page, Math.max(0, without(context, page))) });
  enqueue.emit({ type: "pins.removed", last: keeping === "ring" && without(context, page) <= 0, by });
});

export const pinScope = s.extend({ actions: { adds, removes } }).createMachine({
  id: "pin-scope",
  description: "the pages that are pinned for a driver, and what they mean to a fault and to eviction",
  meta: {
    origin: linux(TYPE1, "vfio_iova_get_vfio_pfn"),
    lane: "dma->pfn_list",
    messages: messages<PinScopeEmits>({
      "container.finds": { says: "passes the lookup of page {page} on", origin: FILTER },
      "container.found": { says: "answers that page {page} is {linked?in a mapping:in no mapping}", origin: FILTER },
      "container.picks-victim": evictionSays["container.picks-victim"],
      "pins.removed": {
        says: "drops {last?the last reference:a reference} of the page",
        origin: linux(TYPE1, "vfio_iova_put_vfio_pfn"),
      },
      "pins.added": { says: "has the page for {by}", origin: linux(TYPE1, "vfio_add_to_pfn_list") },
      "pins.held": "{held?has the page:does not have the page}",
      "pins.told": "is {empty?empty:not empty}",
    }),
  },
  context: ({ input: { pages, ...rules } }) => ({
    rules,
    refs: new Array<number>(pages).fill(0),
    fixed: new Array<boolean>(pages).fill(false),
    selective: false,
    asker: null,
    pinnedFault: false,
  }),
  on: {
    /** The fault handler looks up a page. */
    "container.finds": {
      actions: enqueueActions(({ context, event: { page, by }, enqueue }) => {
        const { filter } = context.rules;
        const pinned = isKept(context, page);
        const refuses =
          (filter === "only-faultable" && context.selective && !pinned) ||
          (filter === "not-faultable-literal" && pinned);
        if (refuses) enqueue.emit({ type: "container.found", page, linked: false, mapped: false, by });
        else if (filter === "not-faultable" && pinned) {
          enqueue.assign({ asker: by });
          enqueue.emit({ type: "container.finds", page, by: "pins" });
        } else enqueue.emit({ type: "container.finds", page, by });
      }),
    },
    /** A fault on a kept page is served if the page is mapped by now, and refused otherwise. */
    "container.found": {
      actions: [
        emit(({ context, event: { page, linked, mapped } }) => ({
          type: "container.found",
          page,
          linked: linked && mapped,
          mapped,
          by: context.asker!,
        })),
        assign({ asker: null }),
      ],
    },
    "container.picks-victim": {
      actions: emit(({ context, event: { spare, by } }) => ({
        type: "container.picks-victim",
        spare: context.refs.flatMap((_, page) =>
          spare.includes(page) || (context.rules.spares && isKept(context, page)) ? [page] : [],
        ),
        by,
      })),
    },
    "pins.adds": { actions: "adds" },
    "pins.removes": { actions: "removes" },
    "pins.asks": {
      actions: emit(({ context, event: { page, by } }) => ({ type: "pins.held", held: context.refs[page]! > 0, by })),
    },
    "pins.reads": {
      actions: emit(({ context, event: { by } }) => ({
        type: "pins.told",
        empty: context.refs.every((count) => count === 0),
        by,
      })),
    },
    "access.faults": [
      { guard: ({ context, event }) => context.refs[event.page]! > 0, actions: assign({ pinnedFault: true }) },
      {},
    ],
  },
});
