/**
 * The backup ring of a network card's receive side, and the thread of the host behind it.
 *
 * Models  VFIO facts 4.4 (ASPLOS'17; row 18): a packet whose buffer is absent is written to a ring that is always pinned;
 *         the host has the buffer brought in, copies the packet, and takes the next one, in order of arrival. A packet
 *         that finds the ring full is lost.
 * Omits   packets behind it that find their buffer present: each buffer takes one packet here, so none is overtaken.
 */
import { assign, emit, setup } from "xstate";
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

const s = setup({
  types: {
    context: {} as BackupRingContext,
    events: {} as
      (Packet & { readonly type: "ring.offers" }) | { readonly type: "ring.takes" | "ring.copies" } | FaultAnswer,
    emitted: {} as { readonly type: "ring.took" | "ring.full" | "ring.copied"; readonly by: string } | FaultReport,
    input: {} as { slots: number },
  },
});

export const backupRing = s.createMachine({
  id: "backup-ring",
  context: ({ input }) => ({ ...input, packets: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "ring.takes": {
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
    resolving: { on: { "fault.answered": { target: "copying" } } },
    /** With the CPU, which brings the page in where it is gone again. */
    copying: {
      on: {
        "ring.copies": {
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
