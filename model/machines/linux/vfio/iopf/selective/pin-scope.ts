/**
 * The pages that somebody keeps: the pin list of the container with a count for each page, what DMA_MAP pinned at once,
 * and what both mean to the fault handler and to eviction. It stands between these two and the container.
 *
 * Models  `vfio_pfn` with its ref_count (VFIO facts 2.1, I-08), the range tree of RFC v3 (1.4), and the three readings of
 *         what a pinned page is to a fault (rows 66-68, D-19); row 42: a fault that is not intended is refused, with a
 *         warning. All of it is used under the container's lock.
 * Omits   the tree itself; per-device scopes: one device here.
 */
import { assign, emit, enqueueActions, setup } from "xstate";

/**
 * What the pages in the list are to the fault handler: never to fault (row 67), or the only ones that may (row 68).
 * "not-faultable-literal" refuses a fault in a pinned page without a look whether it is mapped by now.
 */
export type FaultFilter = "not-faultable" | "not-faultable-literal" | "only-faultable" | "all-faultable";

export interface PinScopeRules {
  readonly filter: FaultFilter;
  /** Whether eviction spares what is kept (I-17). */
  readonly spares: boolean;
  /** Whether a page that two rings share is counted twice (I-08). */
  readonly counts: boolean;
  /** More entries than rings are a leak already, and are not told apart. */
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
  /** Who waits for the container's answer about a page that is kept. */
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
  /** `last`: nobody else keeps the page for a ring. */
  | { readonly type: "pins.removed"; readonly last: boolean; readonly by: string }
  | { readonly type: "pins.added"; readonly by: string }
  | { readonly type: "pins.held"; readonly held: boolean; readonly by: string }
  | { readonly type: "pins.told"; readonly empty: boolean; readonly by: string };

/** Whether the page is kept at all. */
export const isKept = ({ refs, fixed }: PinScopeContext, page: number): boolean => refs[page]! > 0 || fixed[page]!;

const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] =>
  list.map((old, k) => (k === at ? value : old));

const without = ({ rules, refs }: PinScopeContext, page: number): number => (rules.counts ? refs[page]! - 1 : 0);

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
  context: ({ input: { pages, ...rules } }) => ({
    rules,
    refs: new Array<number>(pages).fill(0),
    fixed: new Array<boolean>(pages).fill(false),
    selective: false,
    asker: null,
    pinnedFault: false,
  }),
  on: {
    /** The fault handler looks a page up. */
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
    /** A page that is kept: right if it is mapped by now, and otherwise not intended. */
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
