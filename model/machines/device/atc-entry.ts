/**
 * One page in the address translation cache (ATC) of one device, with the accesses in flight that use it.
 *
 * Models  PCIe ATS, hardware facts 1.2: on an Invalidate Request the device stops using the entry, discards translation
 *         completions that were requested before (S6), and completes when the accesses that used it are done (S5). It
 *         never keeps "no access" (S4).
 * Omits   capacity and eviction (a lookup that misses can happen anyway, before the first fill), PASIDs, permissions,
 *         time-outs (K27), and the time between an issued write and its arrival: an access ends when it has arrived.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Hardware } from "../../hardware/hardware.ts";

type Named = { readonly device: number; readonly slot: number; readonly page: number };

export type AtcEntryEvent =
  | ({ readonly type: "atc.looks-up" } & Named)
  | ({ readonly type: "ats.completion"; readonly present: boolean; readonly frame: number | null } & Named)
  | ({ readonly type: "dma.retires" } & Named)
  | { readonly type: "atc.invalidation-request"; readonly device: number; readonly page: number };

export type AtcEntryEmits =
  | ({ readonly type: "ats.request" } & Named)
  | ({ readonly type: "dma.granted" | "dma.missed" | "dma.tries-again" } & Named)
  | { readonly type: "atc.invalidation-completed"; readonly device: number; readonly page: number }
  /** The defect: passes only when the device waits for no answer (H37). */
  | { readonly type: "atc.awaits-answers"; readonly device: number };

/** One departure from the rules of a correct device; "none" keeps them. */
export type AtcDefect = Hardware["atcInvDefect"];

export interface AtcEntryContext {
  readonly device: number;
  readonly page: number;
  readonly defect: AtcDefect;
  readonly valid: boolean;
  /** Ghost: the frame that the entry, or an access in flight, names; null where pins keep page and frame together. */
  readonly frame: number | null;
  /** Accesses in flight that use the entry. */
  readonly users: number;
  /** Translation requests in flight, and how many of the oldest are to be discarded when they complete. */
  readonly requested: number;
  readonly discarded: number;
  /** An Invalidate Request waits for the accesses in flight. */
  readonly invalidating: boolean;
}

const s = setup({
  types: {
    context: {} as AtcEntryContext,
    events: {} as AtcEntryEvent,
    emitted: {} as AtcEntryEmits,
    input: {} as { device: number; page: number; defect?: AtcDefect },
  },
});

export const atcEntry = s.createMachine({
  id: "atc-entry",
  context: ({ input }) => ({
    device: input.device,
    page: input.page,
    defect: input.defect ?? "none",
    valid: false,
    frame: null,
    users: 0,
    requested: 0,
    discarded: 0,
    invalidating: false,
  }),
  on: {
    "atc.looks-up": [
      {
        guard: ({ context }) => context.valid,
        actions: [
          assign({ users: ({ context }) => context.users + 1 }),
          emit(({ event: { device, slot, page } }) => ({ type: "dma.granted", device, slot, page })),
        ],
      },
      {
        actions: [
          assign({ requested: ({ context }) => context.requested + 1 }),
          emit(({ event: { device, slot, page } }) => ({ type: "ats.request", device, slot, page })),
        ],
      },
    ],
    "ats.completion": {
      actions: enqueueActions(({ context, event: { device, slot, page, present, frame }, enqueue }) => {
        const { requested, discarded, users } = context;
        if (discarded > 0) {
          enqueue.assign({ requested: requested - 1, discarded: discarded - 1 });
          enqueue.emit({ type: "dma.tries-again", device, slot, page });
        } else if (present) {
          enqueue.assign({ requested: requested - 1, valid: true, frame, users: users + 1 });
          enqueue.emit({ type: "dma.granted", device, slot, page });
        } else {
          enqueue.assign({ requested: requested - 1 });
          enqueue.emit({ type: "dma.missed", device, slot, page });
        }
      }),
    },
    "dma.retires": [
      {
        guard: ({ context }) => context.users === 1 && context.invalidating,
        actions: [
          assign({ users: 0, invalidating: false }),
          emit(({ context: { device, page } }) => ({ type: "atc.invalidation-completed", device, page })),
        ],
      },
      { actions: assign({ users: ({ context }) => context.users - 1 }) },
    ],
    "atc.invalidation-request": {
      guard: ({ context }) => !context.invalidating,
      actions: enqueueActions(({ context, enqueue }) => {
        const { device, page, defect, users, requested } = context;
        const waits = users > 0 && defect !== "completes-early";
        const discarded = defect === "fill-survives-invalidation" ? context.discarded : requested;
        if (defect === "waits-for-answers") enqueue.emit({ type: "atc.awaits-answers", device });
        enqueue.assign({ valid: false, discarded, invalidating: waits });
        if (!waits) enqueue.emit({ type: "atc.invalidation-completed", device, page });
      }),
    },
  },
});
