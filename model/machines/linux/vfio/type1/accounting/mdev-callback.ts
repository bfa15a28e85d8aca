/**
 * The dma_unmap() callback of an mdev driver, on the thread of DMA_UNMAP: it takes the lock of its cache and unpins the
 * pages that it holds, which takes iommu->lock.
 *
 * Models  intel_vgpu_dma_unmap(), which vfio_notify_dma_unmap() calls (VFIO facts 2.3, U3a; B-26: the driver must unpin).
 * Omits   drivers that unpin later, from a work item.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";
import { namedLockSays } from "../words.ts";

export interface MdevCallbackRules {
  readonly name: string;
  readonly lock: string;
  /** The lock of each driver's cache. */
  readonly caches: readonly string[];
  readonly pages: number;
  /** Whether drivers unpin at all. */
  readonly reaction: "unpins" | "ignores";
}

export interface MdevCallbackContext {
  readonly rules: MdevCallbackRules;
  readonly by: string | null;
  readonly driver: number;
  readonly page: number;
}

const STEPS = ["takes-cache", "asks", "locks", "unpins", "unlocks", "drops-cache"] as const;

type MdevCallbackEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "driver.asked"; readonly driver: number; readonly by: string }
  | { readonly type: "driver.forgets"; readonly driver: number }
  | { readonly type: "putting.starts"; readonly page: number; readonly purpose: "list"; readonly by: string }
  | { readonly type: "callback.done"; readonly by: string };

const UNPIN = linux("drivers/vfio/vfio_iommu_type1.c", "vfio_iommu_type1_unpin_pages");

const s = setup({
  types: {
    context: {} as MdevCallbackContext,
    events: {} as
      | { readonly type: "callback.starts"; readonly driver: number; readonly by: string }
      | { readonly type: `callback.${(typeof STEPS)[number]}` }
      | { readonly type: "driver.told"; readonly holds: boolean }
      | { readonly type: "putting.done" },
    emitted: {} as MdevCallbackEmits,
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
  description: "the dma_unmap() callback of an mdev driver",
  meta: {
    origin: linux("drivers/gpu/drm/i915/gvt/kvmgt.c", "intel_vgpu_dma_unmap"),
    lane: "the dma_unmap() callbacks of the mdev drivers",
    messages: messages<MdevCallbackEmits>({
      ...namedLockSays,
      "driver.asked": "looks for pages of the range in the cache of driver {driver}",
      "driver.forgets": "removes the pages from the cache of driver {driver}",
      "putting.starts": { says: "unpins page {page}", origin: UNPIN },
      "callback.done": "returns to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, by: null, driver: 0, page: 0 }),
  initial: "idle",
  states: {
    idle: {
      description: "no callback is running",
      on: {
        "callback.starts": {
          target: "caching",
          actions: assign({ by: ({ event }) => event.by, driver: ({ event }) => event.driver }),
        },
      },
    },
    caching: {
      description: "the callback of driver {driver} wants the lock of its cache",
      on: {
        "callback.takes-cache": {
          description: "takes the lock of the cache of driver {driver}",
          target: "asking",
          actions: acquiresCache,
        },
      },
    },
    asking: {
      description: "holds the lock of the cache",
      on: {
        "callback.asks": {
          description: "looks for pages of the range in the cache of driver {driver}",
          actions: emit(({ context: { rules, driver } }) => ({ type: "driver.asked", driver, by: rules.name })),
        },
        "driver.told": [{ guard: "reacts", target: "locking" }, { target: "uncaching" }],
      },
    },
    locking: {
      description: "the driver holds pages of the range, and iommu->lock is wanted",
      meta: { origin: UNPIN },
      on: {
        "callback.locks": {
          description: "takes iommu->lock",
          target: "unpinning",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    unpinning: {
      description: "holds iommu->lock; page {page} is to be unpinned",
      meta: { origin: UNPIN },
      always: { guard: "isAll", target: "unlocking" },
      on: {
        "callback.unpins": {
          description: "unpins page {page}",
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
      description: "page {page} is being unpinned",
      meta: { origin: UNPIN },
      on: {
        "putting.done": { target: "unpinning", actions: assign({ page: ({ context }) => context.page + 1 }) },
      },
    },
    unlocking: {
      description: "all pages are unpinned, and iommu->lock is still held",
      meta: { origin: UNPIN },
      on: {
        "callback.unlocks": {
          description: "drops iommu->lock",
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
      description: "is done, and the lock of the cache is still held",
      on: {
        "callback.drops-cache": [
          {
            description: "drops the lock of the cache of driver {driver} and returns",
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

/** Its steps once it is called. */
export const mdevCallbackSteps = STEPS.map((step) => ({ type: `callback.${step}` }));
