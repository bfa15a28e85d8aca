/**
 * One entry of a GPU's page table, whose accesses are retried by hardware as long as nothing is there.
 *
 * Models  AMD GFX9 with XNACK: an entry that is not valid makes the access wait and be retried (a retry fault). One with
 *         AMDGPU_VM_NORETRY_FLAGS makes it fail at once (a no-retry fault). A dummy page takes the accesses of anybody.
 *         An invalidation clears only an entry with a page: svm_range_unmap_from_gpus() looks at the GPUs on which the range is
 *         mapped (prange->bitmap_mapped), and none is left there once the whole range was unmapped.
 * Omits   Directories, and caches of entries: each change is seen at once. A range of several pages, of which a part is unmapped:
 *         it keeps its bits, so that the next unmap also clears other entries.
 */
import { assign, setup } from "xstate";
import { atWill, messages } from "../../said.ts";

export type EntryValue = "nothing" | "page" | "no-retry" | "dummy";

export type RetryEntryEmits = { readonly type: "entry.read"; readonly value: EntryValue };

const s = setup({
  types: {
    context: {} as { readonly value: EntryValue },
    events: {} as
      | { readonly type: "entry.is-read" }
      | { readonly type: "entry.is-written"; readonly value: EntryValue }
      | { readonly type: "entry.is-cleared" },
    emitted: {} as RetryEntryEmits,
    input: {} as { readonly value: EntryValue },
  },
});

export const retryEntry = s.createMachine({
  id: "retry-entry",
  description: "an entry of a GPU's page table",
  meta: {
    origin: atWill("a GPU whose accesses are retried (XNACK)"),
    lane: "the entry of the page",
    messages: messages<RetryEntryEmits>({ "entry.read": "gives the device what it has: {value}" }),
  },
  context: ({ input }) => ({ value: input.value }),
  on: {
    "entry.is-read": { actions: s.emit(({ context }) => ({ type: "entry.read", value: context.value })) },
    "entry.is-written": { actions: assign({ value: ({ event }) => event.value }) },
    "entry.is-cleared": {
      guard: ({ context }) => context.value === "page",
      actions: assign({ value: "nothing" }),
    },
  },
});
