/**
 * The entry of one device in the tables that tell an IOMMU which page table to use. It is larger than what is read or
 * written at a time: two words, of which each is one access.
 *
 * Models  a PASID table entry of VT-d (64 bytes), and stream table entry with context descriptor of SMMUv3: the second
 *         word has what belongs to the page table of the first, and whether faults stall (B38, B40).
 * Omits   the tables above the entry. A word that belongs to a table has the number of that table.
 */
import { assign, emit, setup } from "xstate";

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
  context: { first: { present: false, table: null }, second: null },
  on: {
    "entry.writes-first": { actions: assign({ first: ({ event }) => event.word }) },
    "entry.writes-second": { actions: assign({ second: ({ event }) => event.word }) },
    "entry.clears-present": { actions: assign({ first: ({ context }) => ({ ...context.first, present: false }) }) },
    "entry.reads-first": { actions: emit(({ context }) => ({ type: "entry.first", word: context.first })) },
    "entry.reads-second": { actions: emit(({ context }) => ({ type: "entry.second", word: context.second })) },
  },
});
