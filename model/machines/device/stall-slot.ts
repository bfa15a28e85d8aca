/**
 * One transaction of a device that the SMMU can stall: from the access to its end, and the stall slot that holds it.
 *
 * Models  Arm SMMUv3 3.12, 4.7, 7.2, 7.4 (hardware facts 4.2, 4.3): a faulting transaction is held; its record is
 *         written when the event queue has room and is never dropped (S20); CMD_RESUME with the tag (STAG) retries or
 *         terminates it; a retry is handled as newly arrived; termination is eventual. The instance is ghost state.
 * Omits   early retry and suppression of duplicates (K22), CMD_STALL_TERM, transactions that cannot stall, and
 *         back-pressure when all slots are used: a device has as many transactions as slots.
 */
import { assign, emit, setup } from "xstate";

export type StallSlotEvent =
  | { readonly type: "slot.starts"; readonly pages: readonly number[] }
  | { readonly type: "slot.looks-up" | "slot.retires" | "slot.records" | "slot.terminates" }
  | { readonly type: "access.granted" | "access.faults" }
  | { readonly type: "stall.resumed"; readonly action: "retry" | "abort"; readonly instance: number };

export type StallSlotEmits =
  | {
      readonly type: "access.begins" | "access.retires";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
    }
  | {
      readonly type: "evtq.record";
      readonly device: number;
      readonly stag: number;
      readonly page: number;
      readonly instance: number;
    };

export interface StallSlotContext {
  readonly device: number;
  readonly slot: number;
  readonly pages: readonly number[];
  /** Ghost: which use of the tag this is, modulo `instances`. */
  readonly instance: number;
  readonly instances: number;
  /** A RESUME came for a tag that nothing waits on, or for an earlier use of it. */
  readonly unexpected: "none" | "free" | "earlier-instance";
}

const s = setup({
  types: {
    context: {} as StallSlotContext,
    events: {} as StallSlotEvent,
    emitted: {} as StallSlotEmits,
    input: {} as { device: number; slot: number; instances: number },
  },
});

const acknowledged = s.assign({ instance: ({ context }) => (context.instance + 1) % context.instances });
const retires = s.emit(({ context: { device, slot, pages } }) => ({
  type: "access.retires",
  device,
  slot,
  page: pages[0]!,
}));

export const stallSlot = s.extend({ actions: { acknowledged, retires } }).createMachine({
  id: "stall-slot",
  context: ({ input }) => ({ ...input, pages: [], instance: 0, unexpected: "none" }),
  initial: "idle",
  states: {
    idle: { on: { "slot.starts": { target: "deciding", actions: assign({ pages: ({ event }) => event.pages }) } } },
    deciding: {
      on: {
        "slot.looks-up": {
          target: "translating",
          actions: emit(({ context: { device, slot, pages } }) => ({
            type: "access.begins",
            device,
            slot,
            page: pages[0]!,
          })),
        },
      },
    },
    translating: { on: { "access.granted": { target: "accessing" }, "access.faults": { target: "requesting" } } },
    /** DMA in flight to the first page. */
    accessing: {
      on: {
        "slot.retires": [
          {
            guard: ({ context }) => context.pages.length === 1,
            target: "idle",
            actions: ["retires", assign({ pages: [] })],
          },
          { target: "deciding", actions: ["retires", assign({ pages: ({ context }) => context.pages.slice(1) })] },
        ],
      },
    },
    /** Stalled, not yet recorded: the event queue may be full. */
    requesting: {
      on: {
        "slot.records": {
          target: "waiting",
          actions: emit(({ context: { device, slot, pages, instance } }) => ({
            type: "evtq.record",
            device,
            stag: slot,
            page: pages[0]!,
            instance,
          })),
        },
      },
    },
    /** Stalled and recorded: the tag waits for its RESUME. */
    waiting: {
      on: {
        "stall.resumed": [
          {
            guard: ({ context, event }) => event.instance !== context.instance,
            target: "confused",
            actions: assign({ unexpected: "earlier-instance" }),
          },
          { guard: ({ event }) => event.action === "retry", target: "deciding", actions: "acknowledged" },
          { target: "doomed", actions: "acknowledged" },
        ],
      },
    },
    /** Terminated, in some finite time. */
    doomed: { on: { "slot.terminates": { target: "idle", actions: assign({ pages: [] }) } } },
    confused: {},
  },
  on: { "stall.resumed": { target: ".confused", actions: assign({ unexpected: "free" }) } },
});
