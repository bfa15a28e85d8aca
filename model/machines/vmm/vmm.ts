/**
 * A thread of the VMM that maps and unmaps one region of guest memory.
 *
 * Models  VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA of RFC v1 (VFIO facts 1.2, 2.3). Both run under iommu->lock. The unmap
 *         walks the bitmap, releases page after page, then unlinks the region. While drivers have pages of the region
 *         pinned, it first calls them (U3a: driver-notification.ts; I-16: an unmap completes without pins or stays). With
 *         `pinsAll`, DMA_MAP pins and maps everything at once (row 1: static pinning), and the pages are given back
 *         when a hint says that the device needs less (row 49: a hint from another component).
 * Omits   Dirty bitmaps, failing allocations, replays when a group is attached.
 */
import { assign, emit, setup } from "xstate";
import { atWill } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";
import {
  BESIDE_DRIVERS,
  HINT,
  MAP,
  STEPS,
  UNMAP,
  vmmSays,
  type VmmContext,
  type VmmEmits,
  type VmmEvent,
  type VmmRules,
} from "./vmm-messages.ts";

/** Its spontaneous steps inside a call, without drivers and beside them. */
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

/** The message says more, where the lock is taken. */
const BEGINS = { description: "begins its critical section", meta: { listed: true } };
const ENDS = { description: "ends its critical section", meta: { listed: true } };
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
  description: "a thread of the VMM in DMA_MAP and DMA_UNMAP of one region",
  meta: {
    origin: UNMAP,
    lane: "{name}: the VMM, with region {region}",
    messages: vmmSays,
  },
  context: ({ input }) => ({
    rules: input,
    mapped: false,
    pinsAll: input.drivers?.pinsAll ?? false,
    hinted: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("the VMM") },
      on: {
        "vmm.maps": {
          description: "calls VFIO_IOMMU_MAP_DMA for region {rules.region}",
          guard: "isUnmapped",
          target: "map",
        },
        "vmm.unmaps": {
          description: "calls VFIO_IOMMU_UNMAP_DMA for region {rules.region}",
          guard: "isMapped",
          target: "unmap",
        },
        "vmm.is-hinted": [
          {
            description: "gets the hint that the device tolerates some faults",
            guard: "mayUnpin",
            target: "convert",
            actions: "hears",
          },
          { guard: "mayHear", actions: "hears" },
        ],
      },
    },
    map: {
      description: "in VFIO_IOMMU_MAP_DMA",
      meta: { origin: MAP },
      initial: "locking",
      states: {
        locking: {
          description: "iommu->lock is to be taken",
          on: { "vmm.locks": { ...BEGINS, target: "linking", actions: "locks" } },
        },
        linking: {
          description: "the region is to be linked",
          on: {
            "vmm.links": [
              { description: "links region {rules.region}", guard: "pinsAll", target: "taking", actions: "links" },
              { target: "unlocking", actions: "links" },
            ],
          },
        },
        taking: {
          description: "all pages of the region are to be pinned and mapped",
          on: {
            "vmm.takes": {
              description: "pins and maps all pages of region {rules.region}",
              target: "taken",
              actions: "takes",
            },
          },
        },
        /** Without room for all pages, none stays pinned (VFIO facts 2.2). */
        taken: {
          description: "all pages of the region are being pinned and mapped",
          on: {
            "lockdown.done": [
              { guard: ({ event }) => event.ok, target: "unlocking" },
              { target: "#vmm.unmap.walking" },
            ],
          },
        },
        unlocking: {
          description: "iommu->lock is to be dropped",
          on: {
            "vmm.unlocks": { ...ENDS, target: "#vmm.idle", actions: ["unlocks", assign({ mapped: true })] },
          },
        },
      },
    },
    convert: {
      description: "gives back what was pinned at once",
      meta: { origin: HINT },
      initial: "locking",
      states: {
        locking: {
          description: "iommu->lock is to be taken",
          on: { "vmm.locks": { ...BEGINS, target: "giving", actions: "locks" } },
        },
        giving: {
          description: "the pages that were pinned at once are to be given back",
          on: {
            "vmm.gives": {
              description: "unmaps and unpins the pages that it has pinned at once",
              target: "given",
              actions: "gives",
            },
          },
        },
        given: {
          description: "the pages that were pinned at once are being given back",
          on: { "lockdown.done": { target: "unlocking", actions: assign({ pinsAll: false }) } },
        },
        unlocking: {
          description: "iommu->lock is to be dropped",
          on: {
            "vmm.unlocks": { ...ENDS, target: "#vmm.idle", actions: "unlocks" },
          },
        },
      },
    },
    unmap: {
      description: "in VFIO_IOMMU_UNMAP_DMA",
      meta: { origin: UNMAP },
      initial: "locking",
      states: {
        locking: {
          description: "iommu->lock is to be taken",
          on: { "vmm.locks": { ...BEGINS, target: "reading", actions: "locks" } },
        },
        reading: {
          description: "looks for pages that drivers have pinned",
          always: { guard: "isAlone", target: "walking" },
          on: {
            "vmm.reads": {
              description: "looks for pages that drivers have pinned",
              actions: emit(({ context }) => ({ type: "pins.reads", by: context.rules.name })),
            },
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
        notifying: {
          description: "the drivers are called, with iommu->lock dropped",
          on: { "notification.done": { target: "locking" }, "notification.bug": { target: "#vmm.bug" } },
        },
        giving: {
          description: "the pages that were pinned at once are to be given back",
          on: {
            "vmm.gives": {
              description: "unmaps and unpins the pages that it has pinned at once",
              target: "given",
              actions: "gives",
            },
          },
        },
        given: {
          description: "the pages that were pinned at once are being given back",
          on: { "lockdown.done": { target: "walking" } },
        },
        walking: {
          description: "the next mapped page of the region is to be released",
          on: {
            "vmm.walks": {
              description: "looks for the next mapped page of region {rules.region}",
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
        releasing: { description: "a page is being released", on: { "release.done": { target: "walking" } } },
        unlinking: {
          description: "no page is left, and the region is to be unlinked",
          on: {
            "vmm.unlinks": {
              description: "unlinks region {rules.region}",
              target: "unlocking",
              actions: emit(({ context }) => ({ type: "container.unlinks", region: context.rules.region })),
            },
          },
        },
        /** DMA_UNMAP returns when the lock is dropped. */
        unlocking: {
          description: "iommu->lock is to be dropped",
          on: {
            "vmm.unlocks": { ...ENDS, target: "#vmm.idle", actions: ["unlocks", "removed"] },
          },
        },
      },
    },
    bug: { description: "BUG_ON() has ended the thread, and iommu->lock stays held" },
  },
});
