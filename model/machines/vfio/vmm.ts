/**
 * A thread of the VMM that maps and unmaps one region of guest memory.
 *
 * Models  VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA of RFC v1 (VFIO facts 1.2, 2.3): both run under the container's
 *         lock; the unmap walks the bitmap, releases page after page, then unlinks the region.
 * Omits   mdev pins and their notification loop, dirty bitmaps, failing allocations, replays when a group is attached.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

export interface VmmRules {
  readonly name: string;
  readonly region: number;
  /** Whether L is taken (leaving it out is a departure). */
  readonly locks: boolean;
}

export type VmmEvent =
  | {
      readonly type:
        "vmm.maps" | "vmm.unmaps" | "vmm.locks" | "vmm.links" | "vmm.walks" | "vmm.unlinks" | "vmm.unlocks";
    }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" };

export type VmmEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.links" | "container.unlinks"; readonly region: number }
  | { readonly type: "container.walks"; readonly by: string; readonly region: number }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number };

/** What it does once it has begun. */
export const vmmSteps: readonly Message[] = ["locks", "links", "walks", "unlinks", "unlocks"].map((step) => ({
  type: `vmm.${step}`,
}));

const s = setup({
  types: {
    context: {} as { rules: VmmRules; mapped: boolean },
    events: {} as VmmEvent,
    emitted: {} as VmmEmits,
    input: {} as VmmRules,
  },
  guards: { locks: ({ context }) => context.rules.locks },
});

const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: context.rules.name });
});

export const vmm = s.createMachine({
  id: "vmm",
  context: ({ input }) => ({ rules: input, mapped: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "vmm.maps": { guard: ({ context }) => !context.mapped, target: "map" },
        "vmm.unmaps": { guard: ({ context }) => context.mapped, target: "unmap" },
      },
    },
    map: {
      initial: "locking",
      states: {
        locking: {
          on: { "vmm.locks": [{ guard: "locks", target: "linking", actions: locks }, { target: "linking" }] },
        },
        linking: {
          on: {
            "vmm.links": {
              target: "unlocking",
              actions: emit(({ context }) => ({ type: "container.links", region: context.rules.region })),
            },
          },
        },
        unlocking: { on: { "vmm.unlocks": { target: "#vmm.idle", actions: [unlocks, assign({ mapped: true })] } } },
      },
    },
    unmap: {
      initial: "locking",
      states: {
        locking: {
          on: { "vmm.locks": [{ guard: "locks", target: "walking", actions: locks }, { target: "walking" }] },
        },
        walking: {
          on: {
            "vmm.walks": {
              actions: emit(({ context: { rules } }) => ({
                type: "container.walks",
                by: rules.name,
                region: rules.region,
              })),
            },
            "container.next": [
              { guard: ({ event }) => event.page === null, target: "unlinking" },
              {
                target: "releasing",
                actions: emit(({ context, event }) => ({
                  type: "release.starts",
                  by: context.rules.name,
                  page: event.page!,
                })),
              },
            ],
          },
        },
        releasing: { on: { "release.done": { target: "walking" } } },
        unlinking: {
          on: {
            "vmm.unlinks": {
              target: "unlocking",
              actions: emit(({ context }) => ({ type: "container.unlinks", region: context.rules.region })),
            },
          },
        },
        /** DMA_UNMAP returns when the lock is dropped. */
        unlocking: { on: { "vmm.unlocks": { target: "#vmm.idle", actions: [unlocks, assign({ mapped: false })] } } },
      },
    },
  },
});
