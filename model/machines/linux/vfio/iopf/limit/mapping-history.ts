/**
 * Ghost: the order in which IOMMU entries were written, and the number of pages charged since the level was last found
 * within the limit. Properties compare the kernel's tracker and its thread with it.
 *
 * Models  nothing of the real system. It has the order from the messages to the page table alone (I-18: the tracker has
 *         exactly the faulted-in pages, in map order; I-15: the level stays within the limit plus the faults of one
 *         period).
 * Omits   a second domain.
 */
import { assign, setup } from "xstate";
import { proposal } from "../../../../../said.ts";

export interface MappingHistoryContext {
  /** Pages whose entry is present, least recently mapped first. */
  readonly mapped: readonly number[];
  /** Pages charged since a check found the level within the limit, at most `most`; null: no thread checks. */
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
  description: "ghost: the order in which entries were written, and the charges since the last check",
  meta: {
    origin: proposal("a second record of the mapped pages, for properties only"),
    lane: "ghost: the order in which pages were mapped",
  },
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
