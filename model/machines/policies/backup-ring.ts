/**
 * The backup ring of a network card's receive side, with the host thread that empties it.
 *
 * Models  VFIO facts 4.4 (ASPLOS'17; row 18, reference [1] of the RFC). A packet whose buffer is absent goes to a ring that is
 *         always pinned. The host has the buffer paged in, copies the packet, and takes the next one, in order of arrival. A
 *         packet that finds the ring full is lost.
 * Omits   later packets that find their buffer present: each buffer takes one packet here, so that none is overtaken.
 */
import { assign, emit, setup } from "xstate";
import { messages, type Origin } from "../../said.ts";
import type { FaultAnswer, FaultReport } from "../device/dma-slot.ts";

interface Packet {
  readonly page: number;
  readonly by: string;
}

export interface BackupRingContext {
  /** In packets. */
  readonly slots: number;
  readonly packets: readonly Packet[];
}

export const RING_STEPS = ["takes", "copies"].map((step) => ({ type: `ring.${step}` }));

export type BackupRingEmits =
  { readonly type: "ring.took" | "ring.full" | "ring.copied"; readonly by: string } | FaultReport;

/** Lesokhin et al., "Page Fault Support for Network Controllers", ASPLOS 2017. */
const NETWORK: Origin = { of: "Page Fault Support for Network Controllers", at: "backup ring" };

const s = setup({
  types: {
    context: {} as BackupRingContext,
    events: {} as
      (Packet & { readonly type: "ring.offers" }) | { readonly type: "ring.takes" | "ring.copies" } | FaultAnswer,
    emitted: {} as BackupRingEmits,
    input: {} as { slots: number },
  },
});

export const backupRing = s.createMachine({
  id: "backup-ring",
  description: "the backup ring of a network card, and the host thread that empties it",
  meta: {
    origin: NETWORK,
    lane: "the backup ring, with {slots} slots",
    messages: messages<BackupRingEmits>({
      "ring.took": "stores the packet of {by}",
      "ring.full": "is full, and loses the packet of {by}",
      "ring.copied": "has copied the packet of {by} to its buffer",
      "fault.reports": "requests page {page} for the packet at the head",
    }),
  },
  context: ({ input }) => ({ ...input, packets: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no packet is being copied",
      on: {
        "ring.takes": {
          description: "takes the packet at the head of the backup ring",
          guard: ({ context }) => context.packets.length > 0,
          target: "resolving",
          actions: emit(({ context }) => ({
            type: "fault.reports",
            page: context.packets[0]!.page,
            write: true,
            by: "ring",
          })),
        },
      },
    },
    resolving: {
      description: "the buffer of the packet is being paged in",
      on: { "fault.answered": { target: "copying" } },
    },
    // The CPU copies, and pages the buffer in again if it was reclaimed meanwhile.
    copying: {
      description: "the packet is still to be copied to its buffer",
      on: {
        "ring.copies": {
          description: "copies the packet to its buffer",
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "ring.copied", by: context.packets[0]!.by })),
            assign({ packets: ({ context }) => context.packets.slice(1) }),
          ],
        },
      },
    },
  },
  on: {
    "ring.offers": [
      {
        guard: ({ context }) => context.packets.length < context.slots,
        actions: [
          assign({ packets: ({ context, event: { page, by } }) => [...context.packets, { page, by }] }),
          emit(({ event }) => ({ type: "ring.took", by: event.by })),
        ],
      },
      { actions: emit(({ event }) => ({ type: "ring.full", by: event.by })) },
    ],
  },
});
