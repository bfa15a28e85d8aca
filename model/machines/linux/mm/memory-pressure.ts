/**
 * A host that wants memory back whenever it asks: the level that the reclaim thread compares with is always exceeded.
 *
 * Models  rows 26 and 33, VFIO facts 4.1: mappings that expire, under any policy that may take any faultable page.
 * Omits   how much is wanted.
 */
import { emit, setup } from "xstate";

const s = setup({
  types: {
    events: {} as { readonly type: "account.compares"; readonly by: string },
    emitted: {} as { readonly type: "account.level"; readonly by: string; readonly over: boolean },
  },
});

export const memoryPressure = s.createMachine({
  id: "memory-pressure",
  on: { "account.compares": { actions: emit(({ event }) => ({ type: "account.level", by: event.by, over: true })) } },
});
