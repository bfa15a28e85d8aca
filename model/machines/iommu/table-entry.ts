/**
 * The entry of one device in the tables from which an IOMMU learns which page table to use. It is larger than one access:
 * two words, each read or written by one access.
 *
 * Models  a PASID table entry of VT-d (64 bytes), and the stream table entry with context descriptor of SMMUv3. The second
 *         word holds the attributes of the first word's page table, and whether faults stall (B38, a present entry is
 *         zeroed; B40, the stall settings of stage 2 and CD.S).
 * Omits   the tables above the entry. A word that belongs to a page table has the number of that table.
 */
import { assign, emit, setup } from "xstate";
import { iommus, messages } from "../../said.ts";

export interface FirstWord {
  readonly present: boolean;
  readonly table: number | null;
}
/** Null: zeroed. */
export type SecondWord = { readonly table: number; readonly stalls: boolean } | null;

export interface TableEntryContext {
  readonly first: FirstWord;
  readonly second: SecondWord;
}

export type TableEntryEvent =
  | { readonly type: "entry.writes-first"; readonly word: FirstWord }
  | { readonly type: "entry.writes-second"; readonly word: SecondWord }
  | { readonly type: "entry.clears-present" | "entry.reads-first" | "entry.reads-second" };

export type TableEntryEmits =
  | { readonly type: "entry.first"; readonly word: FirstWord }
  | { readonly type: "entry.second"; readonly word: SecondWord };

const s = setup({
  types: {
    context: {} as TableEntryContext,
    events: {} as TableEntryEvent,
    emitted: {} as TableEntryEmits,
  },
});

export const tableEntry = s.createMachine({
  id: "table-entry",
  description: "the table entry of one device, in two words",
  meta: {
    origin: iommus("VT-d PASID table entry, SMMUv3 STE and CD"),
    lane: "the table entry of the device, in memory",
    messages: messages<TableEntryEmits>({
      "entry.first": "returns the first word: {word.present?present:not present}, page table {word.table}",
      "entry.second": "returns the second word",
    }),
  },
  context: { first: { present: false, table: null }, second: null },
  on: {
    "entry.writes-first": { actions: assign({ first: ({ event }) => event.word }) },
    "entry.writes-second": { actions: assign({ second: ({ event }) => event.word }) },
    "entry.clears-present": { actions: assign({ first: ({ context }) => ({ ...context.first, present: false }) }) },
    "entry.reads-first": { actions: emit(({ context }) => ({ type: "entry.first", word: context.first })) },
    "entry.reads-second": { actions: emit(({ context }) => ({ type: "entry.second", word: context.second })) },
  },
});
