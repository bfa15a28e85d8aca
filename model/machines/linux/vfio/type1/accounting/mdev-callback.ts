/**
 * The dma_unmap callback of an mdev driver of a container, on the thread of DMA_UNMAP: the driver takes its own lock, and
 * unpins what it holds, for which it needs the container's lock.
 *
 * Models  the drivers' side of vfio_notify_dma_unmap() (VFIO facts 2.3, U3a; B-26: "driver MUST unpin").
 * Omits   drivers that unpin later, from a work item.
 */
import { assign, emit, setup } from "xstate";

export interface MdevCallbackRules {
  readonly name: string;
  readonly lock: string;
  /** The lock of each driver. */
  readonly caches: readonly string[];
  readonly pages: number;
  /** Whether drivers react at all. */
  readonly reaction: "unpins" | "ignores";
}

export interface MdevCallbackContext {
  readonly rules: MdevCallbackRules;
  readonly by: string | null;
  readonly driver: number;
  readonly page: number;
}

const STEPS = ["takes-cache", "asks", "locks", "unpins", "unlocks", "drops-cache"] as const;

const s = setup({
  types: {
    context: {} as MdevCallbackContext,
    events: {} as
      | { readonly type: "callback.starts"; readonly driver: number; readonly by: string }
      | { readonly type: `callback.${(typeof STEPS)[number]}` }
      | { readonly type: "driver.told"; readonly holds: boolean }
      | { readonly type: "putting.done" },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "driver.asked"; readonly driver: number; readonly by: string }
      | { readonly type: "driver.forgets"; readonly driver: number }
      | { readonly type: "putting.starts"; readonly page: number; readonly purpose: "list"; readonly by: string }
      | { readonly type: "callback.done"; readonly by: string },
    input: {} as MdevCallbackRules,
  },
  guards: {
    isAll: ({ context: { page, rules } }) => page === rules.pages,
    reacts: ({ context, event }) => event.type === "driver.told" && event.holds && context.rules.reaction === "unpins",
  },
});

const acquiresCache = s.emit(({ context: { rules, driver } }) => ({
  type: "lock.acquires",
  owner: rules.name,
  lock: rules.caches[driver]!,
}));
const dropsCache = s.emit(({ context: { rules, driver } }) => ({
  type: "lock.releases",
  owner: rules.name,
  lock: rules.caches[driver]!,
}));

export const mdevCallback = s.createMachine({
  id: "mdev-callback",
  context: ({ input }) => ({ rules: input, by: null, driver: 0, page: 0 }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "callback.starts": {
          target: "caching",
          actions: assign({ by: ({ event }) => event.by, driver: ({ event }) => event.driver }),
        },
      },
    },
    caching: { on: { "callback.takes-cache": { target: "asking", actions: acquiresCache } } },
    asking: {
      on: {
        "callback.asks": {
          actions: emit(({ context: { rules, driver } }) => ({ type: "driver.asked", driver, by: rules.name })),
        },
        "driver.told": [{ guard: "reacts", target: "locking" }, { target: "uncaching" }],
      },
    },
    locking: {
      on: {
        "callback.locks": {
          target: "unpinning",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    unpinning: {
      always: { guard: "isAll", target: "unlocking" },
      on: {
        "callback.unpins": {
          target: "putting",
          actions: emit(({ context: { rules, page } }) => ({
            type: "putting.starts",
            page,
            purpose: "list",
            by: rules.name,
          })),
        },
      },
    },
    putting: {
      on: {
        "putting.done": { target: "unpinning", actions: assign({ page: ({ context }) => context.page + 1 }) },
      },
    },
    unlocking: {
      on: {
        "callback.unlocks": {
          target: "uncaching",
          actions: [
            emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock })),
            emit(({ context: { driver } }) => ({ type: "driver.forgets", driver })),
            assign({ page: 0 }),
          ],
        },
      },
    },
    uncaching: {
      on: {
        "callback.drops-cache": [
          {
            target: "idle",
            actions: [
              dropsCache,
              emit(({ context }) => ({ type: "callback.done", by: context.by! })),
              assign({ by: null, driver: 0 }),
            ],
          },
        ],
      },
    },
  },
});

/** What it does once it was called. */
export const mdevCallbackSteps = STEPS.map((step) => ({ type: `callback.${step}` }));
