/**
 * The page table entry of one page and what the IOTLB remembers of it, with permissions.
 *
 * Models  hardware facts, section 6: a walk answers from the IOTLB whatever the table says by now (I1); where the IOMMU
 *         caches "not present", that too (I2, K29); accepting a page request may drop the entry (K14). ATS gives what
 *         the entry allows, which may be less than was asked for (P2).
 * Omits   untranslated accesses: the device here always asks for a translation first. Walk caches.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Access, Entry } from "./permission.ts";

export interface WalkerRules {
  readonly cachesAbsence: boolean;
  readonly dropsOnRequest: boolean;
  /** Whether a device is granted writing where only reading is allowed (H31: a mistake of hardware). */
  readonly grants: "exactly" | "too-much";
}

export type TableWalkerEvent =
  | ({ readonly type: "table.sets" } & Entry)
  | { readonly type: "walker.translates" | "iotlb.invalidates" }
  | { readonly type: "page.requested"; readonly access: Access };

export type TableWalkerEmits =
  | ({ readonly type: "translation.completed" } & Entry)
  | { readonly type: "iotlb.invalidated" }
  | { readonly type: "request.recorded"; readonly access: Access };

export interface TableWalkerContext {
  readonly rules: WalkerRules;
  readonly table: Entry;
  readonly iotlb: Entry | null;
}

const s = setup({
  types: {
    context: {} as TableWalkerContext,
    events: {} as TableWalkerEvent,
    emitted: {} as TableWalkerEmits,
    input: {} as WalkerRules,
  },
});

/** What an answer to the device says. */
const granted = ({ rules }: TableWalkerContext, entry: Entry): Entry =>
  rules.grants === "too-much" && entry.permission === "read" ? { ...entry, permission: "write" } : entry;

export const tableWalker = s.createMachine({
  id: "table-walker",
  context: ({ input }) => ({ rules: input, table: { permission: "none", frame: 0 }, iotlb: null }),
  on: {
    "table.sets": { actions: assign({ table: ({ event: { permission, frame } }) => ({ permission, frame }) }) },
    "walker.translates": {
      actions: enqueueActions(({ context, enqueue }) => {
        const entry = context.iotlb ?? context.table;
        if (entry.permission !== "none" || context.rules.cachesAbsence) enqueue.assign({ iotlb: entry });
        enqueue.emit({ type: "translation.completed", ...granted(context, entry) });
      }),
    },
    "iotlb.invalidates": { actions: [assign({ iotlb: null }), emit({ type: "iotlb.invalidated" })] },
    "page.requested": {
      actions: [
        assign({ iotlb: ({ context }) => (context.rules.dropsOnRequest ? null : context.iotlb) }),
        emit(({ event }) => ({ type: "request.recorded", access: event.access })),
      ],
    },
  },
});
