/**
 * Ghost: in which order entries were written, told by the messages to the IOMMU's tables alone, and how many pages were
 * charged since the level was last found within the limit. What the host's own tracker and thread are held against.
 *
 * Models  nothing of the real system: I-18 and the bound of I-15 need a second opinion.
 * Omits   more domains than one.
 */
import { assign, setup } from "xstate";

export interface MappingHistoryContext {
  /** Pages whose entry is present, least recently mapped first. */
  readonly mapped: readonly number[];
  /** Pages charged since a check found the level within the limit, at most `most`; null: nobody checks. */
  readonly since: number | null;
  readonly most: number;
}

const s = setup({
  types: {
    context: {} as MappingHistoryContext,
    events: {} as
      | { readonly type: "translation.maps" | "translation.unmaps"; readonly page: number }
      | { readonly type: "account.charged" }
      | { readonly type: "account.level"; readonly over: boolean },
    input: {} as { most: number; counts: boolean },
  },
});

export const mappingHistory = s.createMachine({
  id: "mapping-history",
  context: ({ input: { most, counts } }) => ({ mapped: [], since: counts ? 0 : null, most }),
  on: {
    "translation.maps": {
      actions: assign({
        mapped: ({ context: { mapped }, event: { page } }) => (mapped.includes(page) ? mapped : [...mapped, page]),
      }),
    },
    "translation.unmaps": {
      actions: assign({ mapped: ({ context, event }) => context.mapped.filter((page) => page !== event.page) }),
    },
    "account.charged": {
      actions: assign({
        since: ({ context: { since, most } }) => (since === null ? null : Math.min(most, since + 1)),
      }),
    },
    "account.level": {
      actions: assign({
        since: ({ context: { since }, event }) => (since === null || event.over ? since : 0),
      }),
    },
  },
});
