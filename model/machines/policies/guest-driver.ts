/**
 * A guest driver with one DMA buffer at a time: it maps a page, starts its device on it, and unmaps it.
 *
 * Models  the guest's side of the policies (VFIO facts 4.4; rows 3 and 4): dma_map() and dma_unmap() around every use of a
 *         device, and never while the device works. The guest decides what it does and when.
 * Omits   buffers of several pages. A guest that lies starts its device on pages that it never mapped, or has unmapped
 *         (`guest.cheats`).
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, messages } from "../../said.ts";
import type { PolicyAnswers } from "./vocabulary.ts";

export interface GuestDriverContext {
  readonly name: string;
  readonly page: number | null;
}

export type GuestDriverEmits =
  | { readonly type: "policy.before-dma" | "policy.after-dma"; readonly page: number; readonly by: string }
  | { readonly type: "device.posts"; readonly page: number; readonly by: string; readonly legal: boolean };

const s = setup({
  types: {
    context: {} as GuestDriverContext,
    events: {} as
      | { readonly type: "guest.maps" | "guest.cheats"; readonly page: number }
      | { readonly type: "guest.starts" | "guest.unmaps" }
      | { readonly type: "device.done" }
      | Extract<PolicyAnswers, { readonly type: "policy.ready" | "policy.left" }>,
    emitted: {} as GuestDriverEmits,
    input: {} as { name: string },
  },
});

const posts = s.emit(({ context: { name, page } }) => ({ type: "device.posts", page: page!, by: name, legal: true }));

const unmaps = s.emit(({ context: { name, page } }) => ({ type: "policy.after-dma", page: page!, by: name }));

/** With a buffer for which no DMA is under way. */
const goesOn = {
  "guest.starts": { description: "starts a DMA to page {page}", target: "running", actions: "posts" },
  "guest.unmaps": { description: "calls dma_unmap() for page {page}", target: "unmapping", actions: "unmaps" },
} as const;

export const guestDriver = s.extend({ actions: { posts, unmaps } }).createMachine({
  id: "guest-driver",
  description: "a guest driver with one DMA buffer",
  meta: {
    origin: atWill("a guest driver"),
    lane: "{name}: a guest driver",
    messages: messages<GuestDriverEmits>({
      "policy.before-dma": "calls dma_map() for page {page}",
      "policy.after-dma": "calls dma_unmap() for page {page}",
      "device.posts": "starts a DMA to page {page}",
    }),
  },
  context: ({ input }) => ({ ...input, page: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no page is a DMA buffer",
      on: {
        "guest.maps": {
          description: "calls dma_map() for page {page}",
          target: "mapping",
          actions: [
            assign({ page: ({ event }) => event.page }),
            emit(({ context, event }) => ({ type: "policy.before-dma", page: event.page, by: context.name })),
          ],
        },
      },
    },
    mapping: { description: "dma_map() has not returned yet", on: { "policy.ready": { target: "mapped" } } },
    mapped: { description: "the page is a DMA buffer, and no DMA to it has been started", on: goesOn },
    running: { description: "the device works on the DMA buffer", on: { "device.done": { target: "used" } } },
    used: { description: "the page is a DMA buffer, and the DMA to it has ended", on: goesOn },
    unmapping: {
      description: "dma_unmap() has not returned yet",
      on: { "policy.left": { target: "idle", actions: assign({ page: null }) } },
    },
  },
  on: {
    "guest.cheats": {
      description: "starts a DMA to page {page}, which it has not mapped",
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
