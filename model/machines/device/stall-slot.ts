/**
 * One transaction of a device that the SMMU can stall, from the access to its end, with the stall slot that holds it.
 *
 * Models  Arm SMMUv3 3.12, 4.7, 7.2, 7.4 (hardware facts 4.2 and 4.3). The SMMU holds a faulting transaction. It writes the
 *         record when the event queue has room, and never drops it (S20, a stall record is not lost). CMD_RESUME with the tag
 *         (STAG) retries or terminates the transaction. A retry is handled as newly arrived. Termination is eventual. The
 *         instance is ghost state.
 * Omits   early retry and duplicate suppression (K22), CMD_STALL_TERM, transactions that cannot stall, and stalls that are
 *         turned off: iommu/stalled-transaction.ts has them. Back-pressure when all slots are in use: a device has as many
 *         transactions as slots.
 */
import { assign, emit, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";
import { accessSays, type AccessMessage } from "./access-messages.ts";

export type StallSlotEvent =
  | { readonly type: "slot.starts"; readonly pages: readonly number[] }
  | { readonly type: "slot.looks-up" | "slot.retires" | "slot.records" | "slot.terminates" }
  | { readonly type: "access.granted" | "access.faults" }
  | { readonly type: "stall.resumed"; readonly action: "retry" | "abort"; readonly instance: number };

export type StallSlotEmits =
  | AccessMessage
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
  /** CMD_RESUME came for a tag that no transaction waits on, or for an earlier use of the tag. */
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
  description: "a transaction of a device that the SMMU can stall",
  meta: {
    origin: clause("smmu", "3.12.2 (Stall model)"),
    lane: "device {device}, transaction with stag {slot}",
    messages: messages<StallSlotEmits>({
      ...accessSays,
      "evtq.record": {
        says: "records the stall of page {page} with stag {stag} in the event queue",
        origin: clause("smmu", "7.4 (Event queue overflow)"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, pages: [], instance: 0, unexpected: "none" }),
  initial: "idle",
  states: {
    idle: {
      description: "no work item uses the slot",
      on: {
        "slot.starts": {
          description: "starts a work item on page(s) {pages}",
          meta: { origin: atWill("a device driver") },
          target: "deciding",
          actions: assign({ pages: ({ event }) => event.pages }),
        },
      },
    },
    deciding: {
      description: "page {pages.0} is still to be accessed",
      on: {
        "slot.looks-up": {
          description: "accesses page {pages.0}",
          meta: { origin: atWill("a device") },
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
    translating: {
      description: "waits for the translation",
      on: { "access.granted": { target: "accessing" }, "access.faults": { target: "requesting" } },
    },
    accessing: {
      description: "DMA to page {pages.0} is in flight",
      on: {
        "slot.retires": [
          {
            description: "completes the DMA to page {pages.0}, the last one of the work item",
            meta: { origin: atWill("a device") },
            guard: ({ context }) => context.pages.length === 1,
            target: "idle",
            actions: ["retires", assign({ pages: [] })],
          },
          {
            description: "completes the DMA to page {pages.0}",
            meta: { origin: atWill("a device") },
            target: "deciding",
            actions: ["retires", assign({ pages: ({ context }) => context.pages.slice(1) })],
          },
        ],
      },
    },
    requesting: {
      description: "stalled, and not recorded in the event queue yet",
      on: {
        "slot.records": {
          description: "records the stall with stag {slot} in the event queue",
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
    waiting: {
      description: "stalled and recorded; waits for CMD_RESUME",
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
    doomed: {
      description: "resumed with abort, and not terminated yet",
      on: {
        "slot.terminates": {
          description: "terminates the transaction with stag {slot}",
          target: "idle",
          actions: assign({ pages: [] }),
        },
      },
    },
    confused: { description: "got a CMD_RESUME that no rule allows" },
  },
  on: { "stall.resumed": { target: ".confused", actions: assign({ unexpected: "free" }) } },
});
