/**
 * One page request group slot of a device: the work item that uses the group index `slot`, from the first access to
 * the last page.
 *
 * Models  PCIe PRI, hardware facts 2.2 and 2.7: an access that misses asks for all pages still to be touched in one
 *         group, the last request flagged Last; the index is live until the response; Success means "try again", and
 *         the translation is looked up anew (G1-G8). The instance is ghost state: it changes when the index becomes free.
 * Omits   PASIDs, permissions (every access reads and writes), members that overtake each other (K6), stop markers.
 *         A device that needs no answer for an aborted item starts the next one.
 */
import { assign, emit, setup } from "xstate";
import type { ResponseCode } from "../../units.ts";

export type PrgSlotEvent =
  /** The driver of the device, or the guest, hands it work that touches these pages in this order. */
  | { readonly type: "slot.starts"; readonly pages: readonly number[] }
  | { readonly type: "slot.looks-up" }
  | { readonly type: "slot.requests" }
  | { readonly type: "slot.retires" }
  | { readonly type: "dma.granted" | "dma.missed" | "dma.tries-again" }
  | { readonly type: "pri.response"; readonly code: ResponseCode; readonly instance: number }
  /** Of a device that answers no invalidation while it waits itself (H37). */
  | { readonly type: "atc.awaits-answers" };

export type PrgSlotEmits =
  | {
      readonly type: "atc.looks-up" | "dma.retires";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
    }
  | { readonly type: "pri.takes-credits"; readonly device: number; readonly credits: number }
  | { readonly type: "pri.returns-credits"; readonly device: number; readonly credits: number }
  | { readonly type: "pri.fails"; readonly device: number }
  | {
      readonly type: "pri.request";
      readonly device: number;
      readonly pasid: null;
      readonly prgi: number;
      readonly page: number;
      readonly read: true;
      readonly write: true;
      readonly last: boolean;
      readonly instance: number;
    };

export interface PrgSlotContext {
  readonly device: number;
  readonly slot: number;
  /** Pages still to be touched, next first. */
  readonly pages: readonly number[];
  /** Requests of the open group that were sent. */
  readonly sent: number;
  /** Ghost: which use of the index this is, modulo `instances`. */
  readonly instance: number;
  readonly instances: number;
  readonly reserves: "group" | "request";
  /** A response came that no rule allows: for an open group, for a free index, or for an earlier use of it. */
  readonly unexpected: "none" | "open" | "free" | "earlier-instance";
}

const s = setup({
  types: {
    context: {} as PrgSlotContext,
    events: {} as PrgSlotEvent,
    emitted: {} as PrgSlotEmits,
    input: {} as { device: number; slot: number; instances: number; reserves: "group" | "request" },
  },
});

const answered = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ sent: 0, instance: (context.instance + 1) % context.instances });
  enqueue.emit({ type: "pri.returns-credits", device: context.device, credits: context.sent });
});
const takesCredits = s.enqueueActions(({ context: { device, pages, sent, reserves }, enqueue }) => {
  if (reserves === "request") enqueue.emit({ type: "pri.takes-credits", device, credits: 1 });
  else if (sent === 0) enqueue.emit({ type: "pri.takes-credits", device, credits: pages.length });
});
const request = s.emit(({ context: { device, slot, pages, sent, instance } }) => ({
  type: "pri.request",
  device,
  pasid: null,
  prgi: slot,
  page: pages[sent]!,
  read: true,
  write: true,
  last: sent === pages.length - 1,
  instance,
}));

export const prgSlot = s.extend({ actions: { answered, takesCredits, request } }).createMachine({
  id: "prg-slot",
  context: ({ input }) => ({ ...input, pages: [], sent: 0, instance: 0, unexpected: "none" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "slot.starts": { target: "deciding", actions: assign({ pages: ({ event }) => event.pages }) },
      },
    },
    /** The next page is to be looked up. */
    deciding: {
      on: {
        "slot.looks-up": {
          target: "translating",
          actions: emit(({ context: { device, slot, pages } }) => ({
            type: "atc.looks-up",
            device,
            slot,
            page: pages[0]!,
          })),
        },
      },
    },
    translating: {
      on: {
        "dma.granted": { target: "accessing" },
        "dma.missed": { target: "requesting" },
        "dma.tries-again": { target: "deciding" },
      },
    },
    /** DMA in flight to the first page. */
    accessing: {
      on: {
        "slot.retires": [
          {
            guard: ({ context }) => context.pages.length === 1,
            target: "idle",
            actions: [
              emit(({ context: { device, slot, pages } }) => ({ type: "dma.retires", device, slot, page: pages[0]! })),
              assign({ pages: [] }),
            ],
          },
          {
            target: "deciding",
            actions: [
              emit(({ context: { device, slot, pages } }) => ({ type: "dma.retires", device, slot, page: pages[0]! })),
              assign({ pages: ({ context }) => context.pages.slice(1) }),
            ],
          },
        ],
      },
    },
    /** The group is open: requests are being sent; the credits are taken for the whole group or one by one. */
    requesting: {
      on: {
        "slot.requests": [
          {
            guard: ({ context }) => context.sent === context.pages.length - 1,
            target: "waiting",
            actions: ["takesCredits", "request", assign({ sent: ({ context }) => context.sent + 1 })],
          },
          {
            actions: ["takesCredits", "request", assign({ sent: ({ context }) => context.sent + 1 })],
          },
        ],
        "pri.response": { target: "confused", actions: assign({ unexpected: "open" }) },
      },
    },
    /** The group is closed and waits for its response. */
    waiting: {
      on: {
        "pri.response": [
          {
            guard: ({ context, event }) => event.instance !== context.instance,
            target: "confused",
            actions: assign({ unexpected: "earlier-instance" }),
          },
          { guard: ({ event }) => event.code === "success", target: "deciding", actions: "answered" },
          {
            guard: ({ event }) => event.code === "invalid",
            target: "idle",
            actions: ["answered", assign({ pages: [] })],
          },
          {
            target: "dead",
            actions: [
              emit(({ context }) => ({ type: "pri.fails", device: context.device })),
              assign({ pages: [], sent: 0 }),
            ],
          },
        ],
      },
    },
    /** Response Failure: the interface is disabled until software enables it again. */
    dead: {},
    /** What a device does with a response that no rule allows is its own affair; here it stops, whatever completes. */
    confused: { on: { "dma.granted": {}, "dma.missed": {}, "dma.tries-again": {} } },
  },
  on: {
    "pri.response": { target: ".confused", actions: assign({ unexpected: "free" }) },
    "atc.awaits-answers": { guard: ({ context }) => context.sent === 0 },
  },
});
