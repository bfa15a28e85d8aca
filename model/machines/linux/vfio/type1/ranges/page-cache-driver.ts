/**
 * A mediated driver that pins the pages of a guest in two sizes, and remembers the guest page that it pinned last.
 *
 * Models  the cache of i915 GVT: a page number of the guest, its size and its frames (B-21: a cached entry of another
 *         size was used again). vfio_iommu_type1_pin_pages() works page by page (VFIO facts 2.2): it turns the number
 *         into an address (B-11: the shift overflowed 32 bits), looks up the address and pins the page.
 *         Coarser: vfio_unpin_pages() of the old entry and vfio_pin_pages() of each new page take iommu->lock on their own.
 *         Here one critical section covers them. This is safe, because vgpu->cache_lock is held over all of them, the
 *         callback of DMA_UNMAP waits for that lock, and each call looks up its own page only: no property of this model
 *         reads what lies between two of them. type1-unmap and accounting/mdev-callback.ts have the order of the two locks.
 *         The entry goes when another page is wanted; in i915 intel_gvt_dma_unmap_guest_page() removes it with its last use.
 * Omits   what accounting/mdev-pinner.ts has: the lock of the cache, failures, charges, and the close of the device. A
 *         second entry, reference counts, and whether the frames of a large page follow each other.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { addressOf, pageOf, type AddressSpace } from "./address.ts";
import { listAskedSays, type ListAsked, type ListEmits } from "./dma-list.ts";
import { memoryAskedSays, type MemoryAsked, type MemoryEmits } from "./process-memory.ts";
import { linux, messages } from "../../../../../said.ts";
import { iommuLockSays } from "../words.ts";

export interface CacheDriverRules {
  readonly name: string;
  readonly lock: string;
  readonly space: AddressSpace;
  /** The width in which a page number is shifted (B-11: it was too small). */
  readonly shiftBits: "of-an-address" | "one-less";
  /** Whether an entry is used again only if it has the wanted size (B-21: the size was ignored). */
  readonly cacheHit: "page-and-size" | "page";
}

export interface PinnedPage {
  /** The page that the driver asked for. */
  readonly page: number;
  readonly frame: number;
}

export interface CacheDriverContext {
  readonly rules: CacheDriverRules;
  readonly asked: { readonly page: number; readonly pages: number } | null;
  /** The pinned pages, which are those of the entry. */
  readonly holds: readonly PinnedPage[];
  /** The guest page that the device may use, of one of the sizes. */
  readonly given: { readonly page: number; readonly pages: number } | null;
}

type CacheDriverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | Extract<ListAsked, { readonly by: string }>
  | Extract<MemoryAsked, { readonly type: "memory.driver-gets" | "memory.puts" }>;

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const GVT = "drivers/gpu/drm/i915/gvt/kvmgt.c";

const s = setup({
  types: {
    context: {} as CacheDriverContext,
    events: {} as
      | { readonly type: "driver.maps"; readonly page: number; readonly pages: number }
      | { readonly type: `driver.${"locks" | "clears" | "pins" | "gives"}` }
      | Extract<ListEmits, { readonly type: "list.found" }>
      | Extract<MemoryEmits, { readonly type: "memory.driver-got" }>
      | { readonly type: "pages.let-go"; readonly page: number; readonly pages: number },
    emitted: {} as CacheDriverEmits,
    input: {} as CacheDriverRules,
  },
  guards: {
    /** An entry begins with the page, and has the wanted size or any. */
    isHit: ({ context: { rules, holds }, event }) =>
      event.type === "driver.maps" &&
      holds[0]?.page === event.page &&
      (rules.cacheHit === "page" || holds.length === event.pages),
    isComplete: ({ context: { holds, asked } }) => holds.length === asked?.pages,
    takesAway: ({ context: { holds }, event }) =>
      event.type === "pages.let-go" && holds.some(({ page }) => page >= event.page && page < event.page + event.pages),
  },
});

/** The address that vfio_iommu_type1_pin_pages() looks up for the next page. */
function nextAddress({ rules: { space, shiftBits }, asked, holds }: CacheDriverContext): number {
  return addressOf(asked!.page + holds.length, space, shiftBits === "one-less" ? space.bits - 1 : space.bits);
}

const putsAll = s.enqueueActions(({ context: { holds }, enqueue }) => {
  if (holds.length > 0) enqueue.emit({ type: "memory.puts", frames: holds.map(({ frame }) => frame) });
  enqueue.assign({ holds: [], given: null });
});
const unlocks = s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock }));
const gives = s.assign(({ context: { asked } }) => ({ given: asked, asked: null }));
const forgets = s.assign({ asked: null });

export const pageCacheDriver = s.extend({ actions: { putsAll, unlocks, gives, forgets } }).createMachine({
  id: "page-cache-driver",
  description: "an mdev driver that pins guest pages of two sizes and caches one",
  meta: {
    origin: linux(GVT, "intel_gvt_dma_map_guest_page"),
    lane: "an mdev driver with a cache of one guest page",
    messages: messages<CacheDriverEmits>({
      ...iommuLockSays,
      "list.checks-map": listAskedSays["list.checks-map"],
      "list.checks-unmap": listAskedSays["list.checks-unmap"],
      "list.finds": listAskedSays["list.finds"],
      "memory.driver-gets": memoryAskedSays["memory.driver-gets"],
      "memory.puts": memoryAskedSays["memory.puts"],
    }),
  },
  context: ({ input }) => ({ rules: input, asked: null, holds: [], given: null }),
  initial: "idle",
  on: { "pages.let-go": [{ guard: "takesAway", actions: "putsAll" }, {}] },
  states: {
    idle: {
      description: "no guest page is being pinned",
      on: {
        "driver.maps": [
          {
            description: "finds an entry for {pages} guest page(s) from page {page} on",
            guard: "isHit",
            actions: assign({ given: ({ event: { page, pages } }) => ({ page, pages }) }),
          },
          {
            description: "has no entry for {pages} guest page(s) from page {page} on",
            target: "locking",
            actions: assign({ asked: ({ event: { page, pages } }) => ({ page, pages }), given: null }),
          },
        ],
      },
    },
    locking: {
      description: "another guest page is wanted, and iommu->lock is to be taken",
      on: {
        "driver.locks": {
          description: "takes iommu->lock",
          meta: { origin: linux(TYPE1, "vfio_iommu_type1_pin_pages") },
          target: "clearing",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    clearing: {
      description: "the old entry is to be unpinned",
      meta: { origin: linux(GVT, "gvt_unpin_guest_page") },
      on: {
        "driver.clears": { description: "unpins the pages of its old entry", target: "pinning", actions: "putsAll" },
      },
    },
    pinning: {
      description: "the pages of the guest page are being pinned",
      meta: { origin: linux(TYPE1, "vfio_iommu_type1_pin_pages") },
      always: { guard: "isComplete", target: "giving" },
      on: {
        "driver.pins": {
          description: "looks up its next page",
          actions: emit(({ context }) => ({
            type: "list.finds",
            by: context.rules.name,
            range: { first: nextAddress(context), size: 1 },
          })),
        },
        "list.found": [
          { guard: ({ event }) => event.dma === null, target: "idle", actions: ["putsAll", "forgets", "unlocks"] },
          {
            actions: emit(({ context }) => ({
              type: "memory.driver-gets",
              by: context.rules.name,
              page: pageOf(nextAddress(context), context.rules.space),
            })),
          },
        ],
        "memory.driver-got": [
          { guard: ({ event }) => event.frame === null, target: "idle", actions: ["putsAll", "forgets", "unlocks"] },
          {
            target: "pinning",
            actions: assign({
              holds: ({ context: { holds, asked }, event }) => [
                ...holds,
                { page: asked!.page + holds.length, frame: event.frame! },
              ],
            }),
            reenter: true,
          },
        ],
      },
    },
    giving: {
      description: "all pages are pinned, and the device is to get them",
      on: {
        "driver.gives": {
          description: "drops iommu->lock, and the driver gives the pages to its device",
          meta: { origin: linux(TYPE1, "vfio_iommu_type1_pin_pages") },
          target: "idle",
          actions: ["gives", "unlocks"],
        },
      },
    },
  },
});

export const cacheDriverSteps: readonly Message[] = ["locks", "clears", "pins", "gives"].map((step) => ({
  type: `driver.${step}`,
}));
