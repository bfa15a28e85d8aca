/**
 * The driver of a mediated device, on the thread of a vCPU: it pins all pages of the mapping for its device, unpins them
 * again, and closes its device. A lock of its own protects its record of pinned pages, and it takes that lock first.
 *
 * Models  vfio_pin_pages() and vfio_unpin_pages() (VFIO facts 2.2, 2.7; row 47: vfio_pin_pages() serves selective
 *         pinning; row 72: it only pins and records) as i915 GVT calls them: GVT holds vgpu->cache_lock when it pins or
 *         unpins, and dma_unmap() takes the same lock (mdev-callback.ts). A call pins all pages or none: after a failure
 *         it unpins the pages so far. vfio_iommu_type1_unregister_device() takes the device off the list when the device
 *         is closed.
 * Omits   several ranges and sizes (ranges/page-cache-driver.ts has two sizes), and the use of the pages by the device.
 */
import { and, assign, emit } from "xstate";
import { rfc } from "../../../../../said.ts";

import { ACTIONS, FROM, mdevPinnerSays, mdevPinnerSetup } from "./mdev-pinner-setup.ts";

export { mdevPinnerSteps } from "./mdev-pinner-setup.ts";
export type { MdevPinnerContext, PinnerDesign } from "./mdev-pinner-setup.ts";

const { acquires, drops, starts, puts, back, next, fails } = ACTIONS;

export const mdevPinner = mdevPinnerSetup.createMachine({
  id: "mdev-pinner",
  description: "an mdev driver that pins the pages of a mapping, unpins them, and closes its device",
  meta: {
    origin: FROM.pin,
    lane: "an mdev driver",
    messages: mdevPinnerSays,
  },
  context: ({ input }) => ({ rules: input, open: !input.closes, holds: false, told: false, page: 0, failed: false }),
  on: {
    "driver.asked": {
      actions: [
        assign({ told: ({ context }) => !context.rules.repins }),
        emit(({ context: { holds, open }, event }) => ({ type: "driver.told", by: event.by, holds: holds && open })),
      ],
    },
    "driver.forgets": { actions: assign({ holds: false }) },
    "driver.resumes": { actions: assign({ told: false }) },
  },
  initial: "idle",
  states: {
    idle: {
      description: "has no call under way; has {holds?pages pinned:no pages pinned}",
      on: {
        "pinner.pins": {
          description: "begins to pin the pages of the mapping",
          meta: { origin: FROM.driver },
          guard: "mayPin",
          target: "pin.caching",
        },
        "pinner.unpins": {
          description: "begins to unpin its pages",
          meta: { origin: FROM.driver },
          guard: "holds",
          target: "unpin.caching",
        },
        "pinner.closes": [
          {
            description: "begins to close its device",
            meta: { origin: FROM.driver },
            guard: and(["mayClose", "isApart"]),
            target: "close.listing",
          },
          { guard: "mayClose", target: "close.locking" },
        ],
        "pinner.opens": {
          description: "opens its device",
          meta: { origin: FROM.driver },
          guard: "mayOpen",
          actions: assign({ open: true }),
        },
        "driver.leaves": { guard: "isClosed", actions: assign({ told: true }) },
      },
    },
    pin: {
      description: "vfio_pin_pages() is under way",
      meta: { origin: FROM.pin },
      initial: "caching",
      states: {
        caching: {
          description: "wants the lock of its cache to pin",
          meta: { origin: FROM.cache },
          on: {
            "pinner.takes-cache": {
              description: "takes the lock of its cache to pin",
              target: "locking",
              actions: acquires("cache"),
            },
          },
        },
        locking: {
          description: "wants iommu->lock to pin",
          on: {
            "pinner.locks": { description: "takes iommu->lock to pin", target: "pinning", actions: acquires("lock") },
          },
        },
        pinning: {
          description: "holds iommu->lock; page {page} is to be pinned",
          always: { guard: "isAll", target: "unlocking" },
          on: {
            "pinner.pins-next": {
              description: "looks up page {page} to pin it",
              actions: emit(({ context: { rules, page } }) => ({ type: "dma.finds", page, by: rules.name })),
            },
            "dma.found": [
              /** It waits without iommu->lock (B-04: an mdev thread waited for a vaddr that the VMM never repaired). */
              { guard: "waitsForVaddr", target: "locking", actions: drops("lock") },
              { guard: "isRefused", target: "unwinding", actions: fails },
              { guard: "mapsFirst", target: "mapping", actions: starts("fault") },
              { target: "listing", actions: starts("list") },
            ],
          },
        },
        mapping: {
          description: "page {page} is being mapped before it is recorded",
          on: {
            "pinning.done": [
              { guard: "isSuccess", target: "pinning" },
              { target: "unwinding", actions: fails },
            ],
          },
        },
        listing: {
          description: "page {page} is being pinned and recorded",
          on: {
            "pinning.done": [
              { guard: "isSuccess", target: "pinning", actions: next },
              { target: "unwinding", actions: fails },
            ],
          },
        },
        unwinding: {
          description: "a page was refused, and the pages before page {page} are to be unpinned",
          always: { guard: "isNone", target: "unlocking" },
          on: {
            "pinner.unwinds": {
              description: "unpins the page that it pinned last",
              target: "putting",
              actions: [back, puts],
            },
          },
        },
        putting: {
          description: "page {page} is being unpinned after a failure",
          on: { "putting.done": { target: "unwinding" } },
        },
        unlocking: {
          description: "the pin has ended, and iommu->lock is still held",
          on: {
            "pinner.unlocks": {
              description: "drops iommu->lock",
              target: "uncaching",
              actions: [drops("lock"), assign({ holds: ({ context }) => !context.failed, page: 0, failed: false })],
            },
          },
        },
        uncaching: {
          description: "the pin has ended, and the lock of the cache is still held",
          meta: { origin: FROM.cache },
          on: {
            "pinner.drops-cache": {
              description: "drops the lock of its cache",
              target: "#mdev-pinner.idle",
              actions: drops("cache"),
            },
          },
        },
      },
    },
    unpin: {
      description: "vfio_unpin_pages() is under way",
      meta: { origin: FROM.unpin },
      initial: "caching",
      states: {
        caching: {
          description: "wants the lock of its cache to unpin",
          meta: { origin: FROM.uncache },
          on: {
            "pinner.takes-cache": {
              description: "takes the lock of its cache to unpin",
              target: "locking",
              actions: acquires("cache"),
            },
          },
        },
        locking: {
          description: "wants iommu->lock to unpin",
          on: {
            "pinner.locks": [
              {
                description: "takes iommu->lock to unpin",
                guard: "holds",
                target: "unpinning",
                actions: acquires("lock"),
              },
              /** dma_unmap() has unpinned the pages meanwhile. */
              {
                description: "takes iommu->lock, after dma_unmap() has unpinned the pages",
                target: "unlocking",
                actions: acquires("lock"),
              },
            ],
          },
        },
        unpinning: {
          description: "holds iommu->lock; page {page} is to be unpinned",
          always: { guard: "isAll", target: "unlocking" },
          on: {
            "pinner.unpins-next": { description: "unpins page {page}", target: "putting", actions: puts },
            /** D-21: the range list finds no memory, and the caller takes all pages for unpinned. */
            "pinner.stops": {
              description: "stops at page {page}, because the range list finds no memory",
              meta: { origin: rfc("v3 patch 7", "vfio_remove_from_range_list") },
              guard: "failsHalfWay",
              target: "unlocking",
            },
          },
        },
        putting: {
          description: "page {page} is being unpinned",
          on: { "putting.done": { target: "unpinning", actions: next } },
        },
        unlocking: {
          description: "the pages are unpinned, and iommu->lock is still held",
          on: {
            "pinner.unlocks": {
              description: "drops iommu->lock",
              target: "uncaching",
              actions: [drops("lock"), assign({ holds: false, page: 0 })],
            },
          },
        },
        uncaching: {
          description: "the unpin has ended, and the lock of the cache is still held",
          meta: { origin: FROM.uncache },
          on: {
            "pinner.drops-cache": {
              description: "drops the lock of its cache",
              target: "#mdev-pinner.idle",
              actions: drops("cache"),
            },
          },
        },
      },
    },
    close: {
      description: "the device is being closed",
      meta: { origin: FROM.close },
      initial: "locking",
      states: {
        locking: {
          description: "wants iommu->lock to close",
          on: {
            "pinner.locks": {
              description: "takes iommu->lock to leave the device list",
              target: "listing",
              actions: acquires("lock"),
            },
          },
        },
        listing: {
          description: "wants iommu->device_list_lock",
          on: {
            "pinner.takes-list": {
              description: "takes iommu->device_list_lock",
              target: "deregistering",
              actions: acquires("list"),
            },
          },
        },
        deregistering: {
          description: "holds iommu->device_list_lock; the device is to leave the list",
          on: {
            "pinner.deregisters": [
              {
                description: "takes its device off iommu->device_list",
                guard: "isApart",
                target: "#mdev-pinner.idle",
                actions: [drops("list"), assign({ open: false, holds: false })],
              },
              {
                target: "#mdev-pinner.idle",
                actions: [drops("list"), drops("lock"), assign({ open: false, holds: false })],
              },
            ],
          },
        },
      },
    },
  },
});
