/**
 * A timer for each faulted-in page: when the time is over, the page is unmapped and unpinned, used or not.
 *
 * Models  a question of the review (row 26: should mappings expire? VFIO facts 4.1). An expired page is released as every
 *         other page is, under iommu->lock: it is unmapped and the caches are invalidated before it is unpinned, since
 *         DMA may be in flight.
 * Omits   time: a page may expire at any moment.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux, messages, proposal } from "../../../../../said.ts";
import { evictionSays, iommuLockSays, onePageSays } from "../../type1/words.ts";

const NAME = "expiry";

export interface ExpiryContext {
  /** Whether a page that was mapped for a group stays until the device has used it. */
  readonly sparesUnused: boolean;
  readonly page: number | null;
}

type ExpiryEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly by: string; readonly page: number }
  | { readonly type: "grants.checks"; readonly page: number }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number };

const s = setup({
  types: {
    context: {} as ExpiryContext,
    events: {} as
      | { readonly type: "expiry.fires"; readonly page: number }
      | { readonly type: "expiry.finds" | "expiry.unlocks" }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "release.done" },
    emitted: {} as ExpiryEmits,
  },
});

export const expirySteps = (pages: readonly number[]): readonly Message[] => [
  ...pages.map((page) => ({ type: "expiry.fires", page })),
  { type: "expiry.finds" },
  { type: "expiry.unlocks" },
];

const releases = s.enqueueActions(({ context: { sparesUnused, page }, enqueue }) => {
  if (sparesUnused) enqueue.emit({ type: "grants.checks", page: page! });
  enqueue.emit({ type: "release.starts", by: NAME, page: page! });
});

export const expiryThread = s.createMachine({
  id: "expiry-thread",
  description: "the timers that make faulted-in pages expire",
  meta: {
    origin: proposal("M2 (mappings that expire)"),
    lane: "the timer of faulted-in pages",
    messages: messages<ExpiryEmits>({
      ...iommuLockSays,
      "container.finds": onePageSays["container.finds"],
      "release.starts": evictionSays["release.starts"],
      "grants.checks": "checks that no group has still to use page {page}",
    }),
  },
  context: ({ input }) => ({ ...(input as { sparesUnused: boolean }), page: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no page is expiring",
      on: {
        "expiry.fires": {
          description: "finds that page {page} has expired, and takes iommu->lock",
          target: "finding",
          actions: [assign({ page: ({ event }) => event.page }), emit(() => ({ type: "lock.acquires", owner: NAME }))],
        },
      },
    },
    finding: {
      description: "holds iommu->lock; expired page {page} is to be looked up",
      on: {
        "expiry.finds": {
          description: "looks up page {page}",
          meta: { origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_find_dma") },
          actions: emit(({ context }) => ({ type: "container.finds", by: NAME, page: context.page! })),
        },
        "container.found": [
          { guard: ({ event }) => event.mapped, target: "releasing", actions: releases },
          { target: "unlocking" },
        ],
      },
    },
    releasing: {
      description: "expired page {page} is being released",
      on: { "release.done": { target: "unlocking" } },
    },
    unlocking: {
      description: "the page is released or was not mapped, and iommu->lock is still held",
      on: {
        "expiry.unlocks": {
          description: "drops iommu->lock",
          target: "idle",
          actions: [assign({ page: null }), emit(() => ({ type: "lock.releases", owner: NAME }))],
        },
      },
    },
  },
});
