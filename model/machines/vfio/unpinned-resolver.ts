/**
 * Resolving a fault without a lasting pin: get the page, map it, and rely on MMU notifiers to unmap it when the host
 * takes it away.
 *
 * Models  RFC v2 and v3 (VFIO facts 1.1, 1.3; D-06): under the container's lock (L) look up, get and pin, map, set the
 *         bit, unpin at once. With "sequence-retry" the scheme of KVM and HMM (4.3; I-14): sample, get without L, take L,
 *         compare, and start over if an invalidation began meanwhile. Getting a page may first reclaim another one, on
 *         the same thread.
 * Omits   pre-mapping, selective faulting, protection bits, bounds on the number of retries.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { NotifierDesign } from "../host/invalidator.ts";

export interface UnpinnedResolverRules {
  readonly name: string;
  readonly domains: readonly number[];
  readonly design: NotifierDesign;
}

const STEPS = ["samples", "gets", "locks", "finds", "compares", "maps", "marks", "puts", "unlocks"] as const;

export type UnpinnedResolverEvent =
  | { readonly type: "resolver.starts"; readonly pages: readonly number[] }
  | { readonly type: `resolver.${(typeof STEPS)[number]}` }
  /** get_user_pages() finds no free memory and reclaims this page first. */
  | { readonly type: "resolver.reclaims"; readonly page: number }
  | { readonly type: "invalidator.done" }
  | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
  | { readonly type: "mm.sampled" }
  | { readonly type: "mm.got"; readonly frame: 0 | 1 }
  | { readonly type: "mm.compared"; readonly changed: boolean };

export type UnpinnedResolverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly by: string; readonly page: number }
  | { readonly type: "mm.samples" | "mm.compares"; readonly by: string; readonly page: number }
  | { readonly type: "mm.gets"; readonly by: string; readonly page: number; readonly pins: boolean }
  | { readonly type: "mm.puts"; readonly page: number }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number; readonly frame: number }
  | { readonly type: "container.marks"; readonly page: number }
  | { readonly type: "invalidator.starts"; readonly by: string; readonly page: number }
  | { readonly type: "resolver.done"; readonly by: string; readonly code: "success" | "invalid" };

/** What it does on its own; it may have to reclaim any page. */
export const unpinnedResolverSteps = (pages: readonly number[]): readonly Message[] => [
  ...STEPS.map((step) => ({ type: `resolver.${step}` })),
  ...pages.map((page) => ({ type: "resolver.reclaims", page })),
];

export interface UnpinnedResolverContext {
  readonly rules: UnpinnedResolverRules;
  readonly page: number | null;
  readonly frame: 0 | 1 | null;
  readonly code: "success" | "invalid";
}

const s = setup({
  types: {
    context: {} as UnpinnedResolverContext,
    events: {} as UnpinnedResolverEvent,
    emitted: {} as UnpinnedResolverEmits,
    input: {} as UnpinnedResolverRules,
  },
  guards: {
    retries: ({ context }) => context.rules.design === "sequence-retry",
    isOther: ({ context, event }) => event.type === "resolver.reclaims" && event.page !== context.page,
  },
});

const named = ({ context }: { context: UnpinnedResolverContext }) => ({ by: context.rules.name, page: context.page! });
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const reclaims = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "resolver.reclaims")
    enqueue.emit({ type: "invalidator.starts", by: context.rules.name, page: event.page });
});
const maps = s.enqueueActions(({ context: { rules, page, frame }, enqueue }) => {
  for (const domain of rules.domains) enqueue.emit({ type: "translation.maps", page: page!, domain, frame: frame! });
});
const tells = s.emit(({ context }) => ({ type: "resolver.done", by: context.rules.name, code: context.code }));
const forgets = s.assign({ page: null, frame: null, code: "success" });
const isUnpinned = ({ context }: { context: UnpinnedResolverContext }): boolean =>
  context.rules.design === "sequence-retry" || context.frame === null;

export const unpinnedResolver = s.createMachine({
  id: "unpinned-resolver",
  context: ({ input }) => ({ rules: input, page: null, frame: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "resolver.starts": [
          { guard: "retries", target: "sampling", actions: assign({ page: ({ event }) => event.pages[0]! }) },
          { target: "locking", actions: assign({ page: ({ event }) => event.pages[0]! }) },
        ],
      },
    },
    sampling: {
      on: {
        "resolver.samples": { actions: emit((it) => ({ type: "mm.samples", ...named(it) })) },
        "mm.sampled": { target: "getting" },
      },
    },
    locking: { on: { "resolver.locks": { target: "finding", actions: locks } } },
    finding: {
      on: {
        "resolver.finds": { actions: emit((it) => ({ type: "container.finds", ...named(it) })) },
        "container.found": [
          { guard: ({ event }) => !event.linked, target: "unlocking", actions: assign({ code: "invalid" }) },
          { guard: ({ event }) => event.mapped, target: "unlocking" },
          { guard: "retries", target: "comparing" },
          { target: "getting" },
        ],
      },
    },
    /** Inside get_user_pages(): with L in RFC v2 and v3, without it in the sequence count scheme. */
    getting: {
      on: {
        "resolver.gets": {
          actions: emit((it) => ({
            type: "mm.gets",
            ...named(it),
            pins: it.context.rules.design !== "sequence-retry",
          })),
        },
        "resolver.reclaims": { guard: "isOther", target: "reclaiming", actions: reclaims },
        "mm.got": [
          { guard: "retries", target: "locking", actions: assign({ frame: ({ event }) => event.frame }) },
          { target: "mapping", actions: assign({ frame: ({ event }) => event.frame }) },
        ],
      },
    },
    reclaiming: { on: { "invalidator.done": { target: "getting" } } },
    comparing: {
      on: {
        "resolver.compares": { actions: emit((it) => ({ type: "mm.compares", ...named(it) })) },
        "mm.compared": [{ guard: ({ event }) => event.changed, target: "retrying" }, { target: "mapping" }],
      },
    },
    retrying: { on: { "resolver.unlocks": { target: "sampling", actions: [unlocks, assign({ frame: null })] } } },
    mapping: { on: { "resolver.maps": { target: "marking", actions: maps } } },
    marking: {
      on: {
        "resolver.marks": {
          target: "putting",
          actions: emit(({ context }) => ({ type: "container.marks", page: context.page! })),
        },
      },
    },
    putting: {
      always: { guard: isUnpinned, target: "unlocking" },
      on: {
        "resolver.puts": {
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "mm.puts", page: context.page! })),
        },
      },
    },
    unlocking: { on: { "resolver.unlocks": { target: "idle", actions: [unlocks, tells, forgets] } } },
  },
});
