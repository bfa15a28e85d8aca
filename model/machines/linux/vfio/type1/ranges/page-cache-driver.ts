/**
 * A mediated driver that pins the pages of a guest, of two sizes, and remembers the one that it pinned last.
 *
 * Models  the cache of i915 GVT (B-21): a page number of the guest, its size, its frames; a guest that maps the same number
 *         with another size; and vfio_iommu_type1_pin_pages(), page by page: the number is made an address (B-11), the
 *         address is looked up and its page pinned (VFIO facts 2.2).
 * Omits   more than one entry, reference counts, and whether the frames of a large page follow each other.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { addressOf, pageOf, type AddressSpace } from "./address.ts";
import type { ListAsked, ListEmits } from "./dma-list.ts";
import type { MemoryAsked, MemoryEmits } from "./process-memory.ts";

export interface CacheDriverRules {
  readonly name: string;
  readonly lock: string;
  readonly space: AddressSpace;
  /** B-11: the width in which a page number is shifted. */
  readonly shiftBits: "of-an-address" | "one-less";
  /** B-21: whether an entry is used again only if it has the size that is wanted. */
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
  /** Of the entry: all that is pinned. */
  readonly holds: readonly PinnedPage[];
  /** Pages that the device was told it may use: a guest page of one of the sizes. */
  readonly given: { readonly page: number; readonly pages: number } | null;
}

const s = setup({
  types: {
    context: {} as CacheDriverContext,
    events: {} as
      | { readonly type: "driver.maps"; readonly page: number; readonly pages: number }
      | { readonly type: `driver.${"locks" | "clears" | "pins" | "gives"}` }
      | Extract<ListEmits, { readonly type: "list.found" }>
      | Extract<MemoryEmits, { readonly type: "memory.driver-got" }>
      | { readonly type: "pages.let-go"; readonly page: number; readonly pages: number },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | Extract<ListAsked, { readonly by: string }>
      | Extract<MemoryAsked, { readonly type: "memory.driver-gets" | "memory.puts" }>,
    input: {} as CacheDriverRules,
  },
  guards: {
    /** An entry begins with the page, and is of the size, or its size is not looked at. */
    isHit: ({ context: { rules, holds }, event }) =>
      event.type === "driver.maps" &&
      holds[0]?.page === event.page &&
      (rules.cacheHit === "page" || holds.length === event.pages),
    isComplete: ({ context: { holds, asked } }) => holds.length === asked?.pages,
    takesAway: ({ context: { holds }, event }) =>
      event.type === "pages.let-go" && holds.some(({ page }) => page >= event.page && page < event.page + event.pages),
  },
});

/** The address that pin_pages() looks up for the next page. */
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
  context: ({ input }) => ({ rules: input, asked: null, holds: [], given: null }),
  initial: "idle",
  on: { "pages.let-go": [{ guard: "takesAway", actions: "putsAll" }, {}] },
  states: {
    idle: {
      on: {
        "driver.maps": [
          {
            guard: "isHit",
            actions: assign({ given: ({ event: { page, pages } }) => ({ page, pages }) }),
          },
          {
            target: "locking",
            actions: assign({ asked: ({ event: { page, pages } }) => ({ page, pages }), given: null }),
          },
        ],
      },
    },
    locking: {
      on: {
        "driver.locks": {
          target: "clearing",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    /** The entry that it had makes room, with the size that it was made with. */
    clearing: { on: { "driver.clears": { target: "pinning", actions: "putsAll" } } },
    pinning: {
      always: { guard: "isComplete", target: "giving" },
      on: {
        "driver.pins": {
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
    giving: { on: { "driver.gives": { target: "idle", actions: ["gives", "unlocks"] } } },
  },
});

export const cacheDriverSteps: readonly Message[] = ["locks", "clears", "pins", "gives"].map((step) => ({
  type: `driver.${step}`,
}));
