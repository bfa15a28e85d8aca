/**
 * A balloon or virtio-mem, which discards guest memory. With coordination it looks under the container's lock whether the
 * device has the page, and then leaves the page alone.
 *
 * Models  VFIO facts 3.3, B-43 (virtio-mem and a balloon against VFIO; RamDiscardManager of QEMU). Without coordination the
 *         discard does not look at VFIO.
 * Omits   Unmapping the page first, so that it can be discarded after all.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, messages, proposal } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";

const NAME = "balloon";

type BalloonEmits =
  | { readonly type: "host.discards"; readonly page: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds" | "pins.asks"; readonly page: number; readonly by: string };

const s = setup({
  types: {
    context: {} as { readonly coordinated: boolean; readonly page: number | null },
    events: {} as
      | { readonly type: "balloon.discards"; readonly page: number }
      | { readonly type: "balloon.locks" | "balloon.asks" | "balloon.unlocks" }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "pins.held"; readonly held: boolean },
    emitted: {} as BalloonEmits,
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
  description: "the balloon of a VMM, which discards guest memory",
  meta: {
    origin: atWill("the VMM"),
    lane: "the balloon of the VMM",
    messages: messages<BalloonEmits>({
      "host.discards": { says: "discards page {page}", origin: linux("mm/madvise.c", "madvise_dontneed_single_vma") },
      "lock.acquires": "takes iommu->lock",
      "lock.releases": "drops iommu->lock",
      "container.finds": "checks whether a fault has mapped page {page}",
      "pins.asks": "checks whether a driver has pinned page {page}",
    }),
  },
  context: ({ input }) => ({ ...input, page: null }),
  initial: "idle",
  states: {
    idle: {
      description: "nothing is being discarded",
      on: {
        "balloon.discards": [
          {
            description: "wants to discard page {page}",
            guard: ({ context }) => context.coordinated,
            target: "locking",
            actions: assign({ page: ({ event }) => event.page }),
          },
          {
            description: "discards page {page}",
            actions: emit(({ event }) => ({ type: "host.discards", page: event.page })),
          },
        ],
      },
    },
    locking: {
      description: "iommu->lock is to be taken",
      meta: { origin: proposal("a balloon coordinated with VFIO") },
      on: {
        "balloon.locks": {
          description: "takes iommu->lock",
          target: "asking",
          actions: emit({ type: "lock.acquires", owner: NAME }),
        },
      },
    },
    asking: {
      description: "checks whether the device has page {page}",
      meta: { origin: proposal("a balloon coordinated with VFIO") },
      on: {
        "balloon.asks": {
          description: "discards page {page} if the device does not have it",
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
      description: "iommu->lock is to be dropped",
      meta: { origin: proposal("a balloon coordinated with VFIO") },
      on: {
        "balloon.unlocks": {
          description: "drops iommu->lock",
          target: "idle",
          actions: [emit({ type: "lock.releases", owner: NAME }), assign({ page: null })],
        },
      },
    },
  },
});
