/**
 * One driver in the guest with one DMA buffer at a time: it maps a page, lets its device work on it, and unmaps it.
 *
 * Models  the guest's side of the policies (VFIO facts 4.4; rows 3, 4): dma_map and dma_unmap around every use of a
 *         device, and never while the device works. What the guest does, and when, is up to it.
 * Omits   buffers of several pages. A guest that lies lets its device work on pages that it never mapped, or has
 *         unmapped (`guest.cheats`).
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { PolicyAnswers } from "./vocabulary.ts";

export interface GuestDriverContext {
  readonly name: string;
  readonly page: number | null;
}

const s = setup({
  types: {
    context: {} as GuestDriverContext,
    events: {} as
      | { readonly type: "guest.maps" | "guest.cheats"; readonly page: number }
      | { readonly type: "guest.starts" | "guest.unmaps" }
      | { readonly type: "device.done" }
      | Extract<PolicyAnswers, { readonly type: "policy.ready" | "policy.left" }>,
    emitted: {} as
      | { readonly type: "policy.before-dma" | "policy.after-dma"; readonly page: number; readonly by: string }
      | { readonly type: "device.posts"; readonly page: number; readonly by: string; readonly legal: boolean },
    input: {} as { name: string },
  },
});

const posts = s.emit(({ context: { name, page } }) => ({ type: "device.posts", page: page!, by: name, legal: true }));

export const guestDriver = s.extend({ actions: { posts } }).createMachine({
  id: "guest-driver",
  context: ({ input }) => ({ ...input, page: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "guest.maps": {
          target: "mapping",
          actions: [
            assign({ page: ({ event }) => event.page }),
            emit(({ context, event }) => ({ type: "policy.before-dma", page: event.page, by: context.name })),
          ],
        },
      },
    },
    /** Inside dma_map: nothing else happens in this driver until the policy says that the device may start. */
    mapping: { on: { "policy.ready": { target: "mapped" } } },
    mapped: {
      on: {
        "guest.starts": { target: "running", actions: "posts" },
        "guest.unmaps": {
          target: "unmapping",
          actions: emit(({ context: { name, page } }) => ({ type: "policy.after-dma", page: page!, by: name })),
        },
      },
    },
    running: { on: { "device.done": { target: "mapped" } } },
    unmapping: { on: { "policy.left": { target: "idle", actions: assign({ page: null }) } } },
  },
  on: {
    "guest.cheats": {
      actions: emit(({ context, event }) => ({
        type: "device.posts",
        page: event.page,
        by: context.name,
        legal: false,
      })),
    },
  },
});

export const guestSteps = (pages: readonly number[], lies: boolean): readonly Message[] => [
  ...pages.map((page) => ({ type: "guest.maps", page })),
  { type: "guest.starts" },
  { type: "guest.unmaps" },
  ...(lies ? pages.map((page) => ({ type: "guest.cheats", page })) : []),
];
