/**
 * A thread of the VMM that maps and unmaps one region of guest memory.
 *
 * Models  VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA of RFC v1 (VFIO facts 1.2, 2.3): both run under the container's
 *         lock; the unmap walks the bitmap, releases page after page, then unlinks the region. While drivers have pages
 *         of it pinned, it first lets them be told (U3a: driver-notification.ts; I-16). With `pinsAll`, DMA_MAP pins and
 *         maps everything at once (row 1), and gives it back when a hint says that the device needs less (row 49).
 * Omits   dirty bitmaps, failing allocations, replays when a group is attached.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { Keeping } from "../linux/vfio/iopf/selective/pin-scope.ts";

export interface VmmRules {
  readonly name: string;
  readonly region: number;
  /** Whether L is taken (leaving it out is a departure). */
  readonly locks: boolean;
  /** Where drivers may have pages of the region pinned. */
  readonly drivers?: {
    /** The pages of the region. */
    readonly pages: readonly number[];
    /** Whether what drivers still have pinned is removed all the same (I-16). */
    readonly whilePinned: "retries" | "removes-anyway";
    /** Whether a hint about the device ends the pinning of everything. */
    readonly hintUnpins: boolean;
    /** Whether DMA_MAP pins everything at once, until then. */
    readonly pinsAll: boolean;
  };
}

export interface VmmContext {
  readonly rules: VmmRules;
  readonly mapped: boolean;
  /** Whether DMA_MAP pins everything at once. */
  readonly pinsAll: boolean;
  readonly hinted: boolean;
}

const STEPS = ["locks", "links", "walks", "unlinks", "unlocks"] as const;
const BESIDE_DRIVERS = ["takes", "gives", "reads"] as const;

export type VmmEvent =
  | { readonly type: "vmm.maps" | "vmm.unmaps" | "vmm.is-hinted" }
  | { readonly type: `vmm.${(typeof STEPS)[number] | (typeof BESIDE_DRIVERS)[number]}` }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" }
  | { readonly type: "lockdown.done"; readonly ok: boolean }
  | { readonly type: "pins.told"; readonly empty: boolean }
  | { readonly type: "notification.done" | "notification.bug" };

export type VmmEmits =
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
  | { readonly type: "pins.reads" | "notification.starts"; readonly by: string }
  | { readonly type: "unmap.ends" | "hint.told" };

/** What it does once it has begun, without drivers and beside them. */
export const vmmSteps: readonly Message[] = STEPS.map((step) => ({ type: `vmm.${step}` }));
export const vmmBesideDriversSteps: readonly Message[] = [...STEPS, ...BESIDE_DRIVERS].map((step) => ({
  type: `vmm.${step}`,
}));

const s = setup({
  types: {
    context: {} as VmmContext,
    events: {} as VmmEvent,
    emitted: {} as VmmEmits,
    input: {} as VmmRules,
  },
  guards: {
    isMapped: ({ context }) => context.mapped,
    isUnmapped: ({ context }) => !context.mapped,
    isAlone: ({ context }) => context.rules.drivers === undefined,
    pinsAll: ({ context }) => context.pinsAll,
    removesAnyway: ({ context }) => context.rules.drivers?.whilePinned === "removes-anyway",
    mayUnpin: ({ context }) => !context.hinted && context.mapped && context.rules.drivers?.hintUnpins === true,
    mayHear: ({ context }) => !context.hinted && context.rules.drivers?.hintUnpins !== true,
  },
});

const locks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.acquires", owner: context.rules.name });
});
const unlocks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: context.rules.name });
});
const hears = s.enqueueActions(({ enqueue }) => {
  enqueue.emit({ type: "hint.told" });
  enqueue.assign({ hinted: true });
});
const all = (type: "lockdown.starts" | "lockdown.releases") =>
  s.emit(({ context: { rules } }) => ({ type, by: rules.name, pages: rules.drivers!.pages, keeping: "static" }));
const takes = all("lockdown.starts");
const gives = all("lockdown.releases");
const links = s.emit(({ context }) => ({ type: "container.links", region: context.rules.region }));
const removed = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.drivers) enqueue.emit({ type: "unmap.ends" });
  enqueue.assign({ mapped: false });
});

export const vmm = s.extend({ actions: { locks, unlocks, hears, takes, gives, links, removed } }).createMachine({
  id: "vmm",
  context: ({ input }) => ({
    rules: input,
    mapped: false,
    pinsAll: input.drivers?.pinsAll ?? false,
    hinted: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "vmm.maps": { guard: "isUnmapped", target: "map" },
        "vmm.unmaps": { guard: "isMapped", target: "unmap" },
        "vmm.is-hinted": [
          { guard: "mayUnpin", target: "convert", actions: "hears" },
          { guard: "mayHear", actions: "hears" },
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
              { guard: "pinsAll", target: "taking", actions: "links" },
              { target: "unlocking", actions: "links" },
            ],
          },
        },
        taking: { on: { "vmm.takes": { target: "taken", actions: "takes" } } },
        /** Without room for all of it, nothing stays (VFIO facts 2.2). */
        taken: {
          on: {
            "lockdown.done": [
              { guard: ({ event }) => event.ok, target: "unlocking" },
              { target: "#vmm.unmap.walking" },
            ],
          },
        },
        unlocking: { on: { "vmm.unlocks": { target: "#vmm.idle", actions: ["unlocks", assign({ mapped: true })] } } },
      },
    },
    /** The device turns out to tolerate some faults: no longer everything is pinned. */
    convert: {
      initial: "locking",
      states: {
        locking: { on: { "vmm.locks": { target: "giving", actions: "locks" } } },
        giving: { on: { "vmm.gives": { target: "given", actions: "gives" } } },
        given: { on: { "lockdown.done": { target: "unlocking", actions: assign({ pinsAll: false }) } } },
        unlocking: { on: { "vmm.unlocks": { target: "#vmm.idle", actions: "unlocks" } } },
      },
    },
    unmap: {
      initial: "locking",
      states: {
        locking: { on: { "vmm.locks": { target: "reading", actions: "locks" } } },
        reading: {
          always: { guard: "isAlone", target: "walking" },
          on: {
            "vmm.reads": { actions: emit(({ context }) => ({ type: "pins.reads", by: context.rules.name })) },
            "pins.told": [
              { guard: ({ context, event }) => event.empty && context.pinsAll, target: "giving" },
              { guard: ({ event }) => event.empty, target: "walking" },
              { guard: "removesAnyway", target: "walking" },
              {
                target: "notifying",
                actions: emit(({ context }) => ({ type: "notification.starts", by: context.rules.name })),
              },
            ],
          },
        },
        /** The drivers are told, and the lock is dropped meanwhile. */
        notifying: { on: { "notification.done": { target: "locking" }, "notification.bug": { target: "#vmm.bug" } } },
        giving: { on: { "vmm.gives": { target: "given", actions: "gives" } } },
        given: { on: { "lockdown.done": { target: "walking" } } },
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
        unlocking: { on: { "vmm.unlocks": { target: "#vmm.idle", actions: ["unlocks", "removed"] } } },
      },
    },
    /** BUG_ON(): the thread is gone, with the lock held. */
    bug: {},
  },
});
