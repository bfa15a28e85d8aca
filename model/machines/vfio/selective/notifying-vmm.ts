/**
 * A thread of the VMM that maps and unmaps guest memory, in a container whose pages drivers may have pinned.
 *
 * Models  DMA_MAP (with `pinsAll`, everything is pinned and mapped at once: row 1) and the protocol of DMA_UNMAP (VFIO
 *         facts 2.3, U1-U4; I-16, B-25, B-26): while something is pinned, drop the lock, call the dma_unmap callback of
 *         every driver, take the lock and look again; after too many turns the kernel stops with BUG. When a hint says
 *         that the device needs less (row 49), what was pinned at once is given back.
 * Omits   the list of drivers and its lock (DL), dirty bitmaps, several regions.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../checker/json.ts";
import { again, isTooOften, type Repeats } from "../unmap-repeats.ts";
import type { Keeping } from "./pin-scope.ts";

export interface NotifyingVmmRules {
  readonly pages: readonly number[];
  readonly drivers: number;
  /** Repetitions before BUG. */
  readonly retryBound: number;
  readonly whilePinned: "retries" | "removes-anyway";
  /** Whether a hint about the device ends the pinning of everything. */
  readonly hintUnpins: boolean;
}

export interface NotifyingVmmContext {
  readonly rules: NotifyingVmmRules;
  readonly mapped: boolean;
  /** Whether DMA_MAP pins everything at once. */
  readonly pinsAll: boolean;
  readonly hinted: boolean;
  readonly repeats: Repeats;
  /** Drivers called in this turn. */
  readonly called: number;
}

const STEPS = [
  "locks",
  "links",
  "takes",
  "gives",
  "reads",
  "drops-lock",
  "calls",
  "walks",
  "unlinks",
  "unlocks",
] as const;

export type NotifyingVmmEvent =
  | { readonly type: "vmm.maps" | "vmm.unmaps" | "vmm.is-hinted" | `vmm.${(typeof STEPS)[number]}` }
  | { readonly type: "lockdown.done"; readonly ok: boolean }
  | { readonly type: "pins.told"; readonly empty: boolean }
  | { readonly type: "callback.returns" }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" };

export type NotifyingVmmEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.links" | "container.unlinks"; readonly region: number }
  | { readonly type: "container.walks"; readonly by: string; readonly region: number }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number }
  | {
      readonly type: "lockdown.starts" | "lockdown.releases";
      readonly by: string;
      readonly pages: readonly number[];
      readonly keeping: Keeping;
    }
  | { readonly type: "pins.reads"; readonly by: string }
  | { readonly type: "callback.unmaps"; readonly driver: number }
  | { readonly type: "unmap.ends" | "hint.told" };

/** What it does once it has begun. */
export const notifyingVmmSteps: readonly Message[] = STEPS.map((step) => ({ type: `vmm.${step}` }));

const NAME = "vmm";
const REGION = 0;

const s = setup({
  types: {
    context: {} as NotifyingVmmContext,
    events: {} as NotifyingVmmEvent,
    emitted: {} as NotifyingVmmEmits,
    input: {} as { rules: NotifyingVmmRules; pinsAll: boolean },
  },
  guards: {
    pinsAll: ({ context }) => context.pinsAll,
    isTooOften: ({ context: { repeats, rules } }) => isTooOften(repeats, rules.retryBound),
    removesAnyway: ({ context: { repeats, rules } }) => repeats !== null && rules.whilePinned === "removes-anyway",
  },
});

const locks = s.emit({ type: "lock.acquires", owner: NAME });
const unlocks = s.emit({ type: "lock.releases", owner: NAME });
const all = s.emit(({ context }) => ({
  type: "lockdown.releases",
  by: NAME,
  pages: context.rules.pages,
  keeping: "static",
}));

export const notifyingVmm = s.extend({ actions: { locks, unlocks, all } }).createMachine({
  id: "vmm",
  context: ({ input: { rules, pinsAll } }) => ({
    rules,
    mapped: false,
    pinsAll,
    hinted: false,
    repeats: null,
    called: 0,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "vmm.maps": { guard: ({ context }) => !context.mapped, target: "map" },
        "vmm.unmaps": { guard: ({ context }) => context.mapped, target: "unmap" },
        "vmm.is-hinted": [
          {
            guard: ({ context }) => !context.hinted && context.mapped && context.rules.hintUnpins,
            target: "convert",
            actions: [emit({ type: "hint.told" }), assign({ hinted: true })],
          },
          {
            guard: ({ context }) => !context.hinted && !context.rules.hintUnpins,
            actions: [emit({ type: "hint.told" }), assign({ hinted: true })],
          },
        ],
      },
    },
    map: {
      initial: "locking",
      states: {
        locking: { on: { "vmm.locks": { target: "linking", actions: "locks" } } },
        linking: {
          on: {
            "vmm.links": [
              {
                guard: "pinsAll",
                target: "taking",
                actions: emit({ type: "container.links", region: REGION }),
              },
              { target: "unlocking", actions: emit({ type: "container.links", region: REGION }) },
            ],
          },
        },
        taking: {
          on: {
            "vmm.takes": {
              target: "taken",
              actions: emit(({ context }) => ({
                type: "lockdown.starts",
                by: NAME,
                pages: context.rules.pages,
                keeping: "static",
              })),
            },
          },
        },
        /** Without room for all of it, nothing stays (VFIO facts 2.2). */
        taken: {
          on: {
            "lockdown.done": [
              { guard: ({ event }) => event.ok, target: "unlocking" },
              { target: "#vmm.unmap.walking" },
            ],
          },
        },
        unlocking: {
          on: { "vmm.unlocks": { target: "#vmm.idle", actions: ["unlocks", assign({ mapped: true })] } },
        },
      },
    },
    /** The device turns out to tolerate some faults: no longer everything is pinned. */
    convert: {
      initial: "locking",
      states: {
        locking: { on: { "vmm.locks": { target: "giving", actions: "locks" } } },
        giving: { on: { "vmm.gives": { target: "given", actions: "all" } } },
        given: { on: { "lockdown.done": { target: "unlocking", actions: assign({ pinsAll: false }) } } },
        unlocking: { on: { "vmm.unlocks": { target: "#vmm.idle", actions: "unlocks" } } },
      },
    },
    unmap: {
      initial: "locking",
      states: {
        locking: { on: { "vmm.locks": { target: "reading", actions: "locks" } } },
        reading: {
          on: {
            "vmm.reads": { actions: emit({ type: "pins.reads", by: NAME }) },
            "pins.told": [
              { guard: ({ context, event }) => event.empty && context.pinsAll, target: "giving" },
              { guard: ({ event }) => event.empty, target: "walking" },
              { guard: "removesAnyway", target: "walking" },
              { guard: "isTooOften", target: "#vmm.bug" },
              { target: "dropping", actions: assign({ repeats: ({ context }) => again(context.repeats) }) },
            ],
          },
        },
        dropping: { on: { "vmm.drops-lock": { target: "calling", actions: "unlocks" } } },
        /** One driver after another. */
        calling: {
          on: {
            "vmm.calls": {
              target: "called",
              actions: [
                emit(({ context }) => ({ type: "callback.unmaps", driver: context.called })),
                assign({ called: ({ context }) => context.called + 1 }),
              ],
            },
          },
        },
        called: {
          on: {
            "callback.returns": [
              {
                guard: ({ context }) => context.called === context.rules.drivers,
                target: "locking",
                actions: assign({ called: 0 }),
              },
              { target: "calling" },
            ],
          },
        },
        giving: { on: { "vmm.gives": { target: "given", actions: "all" } } },
        given: { on: { "lockdown.done": { target: "walking" } } },
        walking: {
          on: {
            "vmm.walks": { actions: emit({ type: "container.walks", by: NAME, region: REGION }) },
            "container.next": [
              { guard: ({ event }) => event.page === null, target: "unlinking" },
              {
                target: "releasing",
                actions: emit(({ event }) => ({ type: "release.starts", by: NAME, page: event.page! })),
              },
            ],
          },
        },
        releasing: { on: { "release.done": { target: "walking" } } },
        unlinking: {
          on: {
            "vmm.unlinks": { target: "unlocking", actions: emit({ type: "container.unlinks", region: REGION }) },
          },
        },
        unlocking: {
          on: {
            "vmm.unlocks": {
              target: "#vmm.idle",
              actions: ["unlocks", emit({ type: "unmap.ends" }), assign({ mapped: false, repeats: null })],
            },
          },
        },
      },
    },
    /** BUG_ON(): the thread is gone, with the lock held. */
    bug: {},
  },
});
