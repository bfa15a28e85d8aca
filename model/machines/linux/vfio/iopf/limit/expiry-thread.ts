/**
 * A mapping that expires: a page is taken back when its time is over, whatever it is used for.
 *
 * Models  the question of row 26 (VFIO facts 4.1): like every release it happens under the container's lock, and the page
 *         is unmapped, and the caches invalidated, before it is unpinned: DMA may be in flight.
 * Omits   time: a page may expire at any moment. Timers that are not yet due.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

const NAME = "expiry";

export interface ExpiryContext {
  /** Whether a page that was mapped for a group stays until the group has used it. */
  readonly sparesUnused: boolean;
  readonly page: number | null;
}

const s = setup({
  types: {
    context: {} as ExpiryContext,
    events: {} as
      | { readonly type: "expiry.fires"; readonly page: number }
      | { readonly type: "expiry.finds" | "expiry.unlocks" }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "release.done" },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "container.finds"; readonly by: string; readonly page: number }
      | { readonly type: "grants.checks"; readonly page: number }
      | { readonly type: "release.starts"; readonly by: string; readonly page: number },
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
  context: ({ input }) => ({ ...(input as { sparesUnused: boolean }), page: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "expiry.fires": {
          target: "finding",
          actions: [assign({ page: ({ event }) => event.page }), emit(() => ({ type: "lock.acquires", owner: NAME }))],
        },
      },
    },
    finding: {
      on: {
        "expiry.finds": {
          actions: emit(({ context }) => ({ type: "container.finds", by: NAME, page: context.page! })),
        },
        "container.found": [
          { guard: ({ event }) => event.mapped, target: "releasing", actions: releases },
          { target: "unlocking" },
        ],
      },
    },
    releasing: { on: { "release.done": { target: "unlocking" } } },
    unlocking: {
      on: {
        "expiry.unlocks": {
          target: "idle",
          actions: [assign({ page: null }), emit(() => ({ type: "lock.releases", owner: NAME }))],
        },
      },
    },
  },
});
