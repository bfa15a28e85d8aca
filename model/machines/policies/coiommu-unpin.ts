/**
 * The thread of coIOMMU's host that gives idle pages back.
 *
 * Models  VFIO facts 4.4 (row 4): under the lock one atomic exchange takes "pinned" away only if the word says that and
 *         nothing else; then DMA_UNMAP, and if that fails "pinned" is set again. If the exchange fails, "accessed" is
 *         cleared: a second chance. A balloon's request clears "accessed" first.
 * Omits   the two generations of pages and the interval: it may look at any page at any time; parking.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { Compared } from "./coiommu-entry.ts";

export type UnpinBy = "exchange" | "plain-write" | "exchange-without-count" | "exchange-without-accessed";

export interface CoiommuUnpinRules {
  readonly by: UnpinBy;
  readonly locks: boolean;
  /** "pinned" is set again where DMA_UNMAP fails. */
  readonly restores: boolean;
  /** It takes the table's word that the page is mapped. */
  readonly trusts: boolean;
}

export interface CoiommuUnpinContext {
  readonly rules: CoiommuUnpinRules;
  readonly page: number | null;
  readonly forced: boolean;
}

const NAME = "unpin";
const STEPS = ["locks", "clears", "exchanges", "reads", "writes", "ages", "fails", "restores", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as CoiommuUnpinContext,
    events: {} as
      /** Its timer, and a balloon. */
      | { readonly type: "unpin.looks" | "policy.pressure"; readonly page: number }
      | { readonly type: `unpin.${(typeof STEPS)[number]}` }
      /** DMA_UNMAP: named by the page, so that it can be said of each that it does not fail for ever. */
      | { readonly type: "unpin.unmaps"; readonly page: number }
      | { readonly type: "entry.exchanged" | "entry.read"; readonly idle: boolean }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "release.done" },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "entry.exchanges"; readonly page: number; readonly by: string; readonly compares: Compared }
      | { readonly type: "entry.reads" | "container.finds"; readonly page: number; readonly by: string }
      | { readonly type: "entry.clears-accessed" | "entry.writes-zero" | "entry.sets-pinned"; readonly page: number }
      | { readonly type: "release.starts"; readonly page: number; readonly by: string },
    input: {} as CoiommuUnpinRules,
  },
  guards: {
    exchanges: ({ context }) => context.rules.by !== "plain-write",
    releases: ({ context, event }) => context.rules.trusts || (event.type === "container.found" && event.mapped),
  },
});

export const unpinSteps = (pages: readonly number[]): readonly Message[] => [
  ...pages.map((page) => ({ type: "unpin.looks", page })),
  ...pages.map((page) => ({ type: "unpin.unmaps", page })),
  ...STEPS.map((step) => ({ type: `unpin.${step}` })),
];

const COMPARED: { readonly [by in UnpinBy]: Compared } = {
  exchange: "word",
  "plain-write": "word",
  "exchange-without-count": "without-count",
  "exchange-without-accessed": "without-accessed",
};

const locks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.acquires", owner: NAME });
});
const unlocks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: NAME });
  enqueue.assign({ page: null, forced: false });
});
const forgives = s.emit(({ context }) => ({ type: "entry.clears-accessed", page: context.page! }));
const starts = s.emit(({ context }) => ({ type: "release.starts", page: context.page!, by: NAME }));

export const coiommuUnpin = s.extend({ actions: { locks, unlocks, forgives, starts } }).createMachine({
  id: "coiommu-unpin",
  context: ({ input }) => ({ rules: input, page: null, forced: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "unpin.looks": { target: "locking", actions: assign({ page: ({ event }) => event.page }) },
        "policy.pressure": { target: "locking", actions: assign({ page: ({ event }) => event.page, forced: true }) },
      },
    },
    locking: {
      on: {
        "unpin.locks": [
          { guard: ({ context }) => context.forced, target: "clearing", actions: "locks" },
          { guard: "exchanges", target: "exchanging", actions: "locks" },
          { target: "reading", actions: "locks" },
        ],
      },
    },
    clearing: {
      on: {
        "unpin.clears": [
          { guard: "exchanges", target: "exchanging", actions: "forgives" },
          { target: "reading", actions: "forgives" },
        ],
      },
    },
    exchanging: {
      on: {
        "unpin.exchanges": {
          actions: emit(({ context }) => ({
            type: "entry.exchanges",
            page: context.page!,
            by: NAME,
            compares: COMPARED[context.rules.by],
          })),
        },
        "entry.exchanged": [
          { guard: ({ event }) => event.idle, target: "unmapping" },
          { guard: ({ context }) => context.forced, target: "unlocking" },
          { target: "aging" },
        ],
      },
    },
    reading: {
      on: {
        "unpin.reads": { actions: emit(({ context }) => ({ type: "entry.reads", page: context.page!, by: NAME })) },
        "entry.read": [{ guard: ({ event }) => event.idle, target: "writing" }, { target: "aging" }],
      },
    },
    writing: {
      on: {
        "unpin.writes": {
          target: "unmapping",
          actions: emit(({ context }) => ({ type: "entry.writes-zero", page: context.page! })),
        },
      },
    },
    aging: { on: { "unpin.ages": { target: "unlocking", actions: "forgives" } } },
    unmapping: {
      on: {
        "unpin.unmaps": {
          guard: ({ context, event }) => event.page === context.page,
          actions: emit(({ context }) => ({ type: "container.finds", page: context.page!, by: NAME })),
        },
        "container.found": [{ guard: "releases", target: "releasing", actions: "starts" }, { target: "unlocking" }],
        /** DMA_UNMAP returns an error, and nothing was unmapped. */
        "unpin.fails": [
          { guard: ({ context }) => context.rules.restores, target: "restoring" },
          { target: "unlocking" },
        ],
      },
    },
    restoring: {
      on: {
        "unpin.restores": {
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "entry.sets-pinned", page: context.page! })),
        },
      },
    },
    releasing: { on: { "release.done": { target: "unlocking" } } },
    unlocking: { on: { "unpin.unlocks": { target: "idle", actions: "unlocks" } } },
  },
});
