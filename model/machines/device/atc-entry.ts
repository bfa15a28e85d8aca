/**
 * One page in the address translation cache (ATC) of one device, with the accesses in flight that use it.
 *
 * Models  PCIe ATS (hardware facts 1.2). On an Invalidate Request the device stops using the entry, discards completions of
 *         translations that were requested before (S6, a fill loses the race), and completes when the accesses that used
 *         the entry are done (S5, the completion pushes the writes). It never caches "no access" (S4).
 * Omits   capacity and eviction: a lookup can miss before the first fill as well. PASIDs. Permissions and a device that
 *         hangs, which caching-device.ts has. Time-outs (K27), which atc-invalidation.ts has. The time between the issue of
 *         a write and its arrival: an access ends when it has arrived.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Hardware } from "../../hardware/hardware.ts";
import { clause, messages } from "../../said.ts";

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
  /** The defect of H37: is accepted only when the device waits for no page response. */
  | { readonly type: "atc.awaits-answers"; readonly device: number };

/** One deliberate defect of the device; "none" is a correct device. */
export type AtcDefect = Hardware["atcInvDefect"];

export interface AtcEntryContext {
  readonly device: number;
  readonly page: number;
  readonly defect: AtcDefect;
  readonly valid: boolean;
  /** Ghost: the frame of the entry or of an access in flight; null where pins keep page and frame together. */
  readonly frame: number | null;
  /** Accesses in flight that use the entry. */
  readonly users: number;
  /** Translation requests in flight; the device discards the completions of the oldest `discarded` of them. */
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

const ATS = clause("pcie", "10.2 (ATS Translation Services)");

export const atcEntry = s.createMachine({
  id: "atc-entry",
  description: "one page in the ATC of a device",
  meta: {
    origin: clause("pcie", "10.3 (ATS Invalidation)"),
    lane: "device {device}, ATC entry of page {page}",
    messages: messages<AtcEntryEmits>({
      "ats.request": { says: "requests the translation of page {page}", origin: ATS },
      "dma.granted": { says: "has the translation of page {page} for group {slot}", origin: ATS },
      "dma.missed": { says: "gets no translation of page {page} for group {slot}", origin: ATS },
      "dma.tries-again": "discards the completion for page {page}: an invalidation overtook it",
      "atc.invalidation-completed": "completes the invalidation of page {page}",
      "atc.awaits-answers": "holds the invalidation back until its page requests are answered",
    }),
  },
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
