/**
 * Whoever discards guest memory: a balloon, virtio-mem. Coordinated, it looks under the container's lock whether the
 * device has the page, and leaves it alone then.
 *
 * Models  B-43 (virtio-mem and VFIO; RamDiscardManager of QEMU), VFIO facts 3.3: without coordination the discard goes
 *         past VFIO altogether.
 * Omits   unmapping the page first, so that it can be discarded after all.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

const NAME = "balloon";

const s = setup({
  types: {
    context: {} as { readonly coordinated: boolean; readonly page: number | null },
    events: {} as
      | { readonly type: "balloon.discards"; readonly page: number }
      | { readonly type: "balloon.locks" | "balloon.asks" | "balloon.unlocks" }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "pins.held"; readonly held: boolean },
    emitted: {} as
      | { readonly type: "host.discards"; readonly page: number }
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "container.finds" | "pins.asks"; readonly page: number; readonly by: string },
    input: {} as { coordinated: boolean },
  },
});

const discards = s.emit(({ context }) => ({ type: "host.discards", page: context.page! }));

export const balloonSteps = (pages: readonly number[]): readonly Message[] => [
  ...pages.map((page) => ({ type: "balloon.discards", page })),
  { type: "balloon.locks" },
  { type: "balloon.asks" },
  { type: "balloon.unlocks" },
];

export const balloon = s.extend({ actions: { discards } }).createMachine({
  id: "balloon",
  context: ({ input }) => ({ ...input, page: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "balloon.discards": [
          {
            guard: ({ context }) => context.coordinated,
            target: "locking",
            actions: assign({ page: ({ event }) => event.page }),
          },
          { actions: emit(({ event }) => ({ type: "host.discards", page: event.page })) },
        ],
      },
    },
    locking: {
      on: { "balloon.locks": { target: "asking", actions: emit({ type: "lock.acquires", owner: NAME }) } },
    },
    asking: {
      on: {
        "balloon.asks": {
          actions: emit(({ context }) => ({ type: "container.finds", page: context.page!, by: NAME })),
        },
        "container.found": [
          { guard: ({ event }) => event.mapped, target: "unlocking" },
          { actions: emit(({ context }) => ({ type: "pins.asks", page: context.page!, by: NAME })) },
        ],
        "pins.held": [
          { guard: ({ event }) => event.held, target: "unlocking" },
          { target: "unlocking", actions: "discards" },
        ],
      },
    },
    unlocking: {
      on: {
        "balloon.unlocks": {
          target: "idle",
          actions: [emit({ type: "lock.releases", owner: NAME }), assign({ page: null })],
        },
      },
    },
  },
});
