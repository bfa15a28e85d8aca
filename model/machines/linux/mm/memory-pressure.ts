/**
 * A machine that always wants memory back: the level that the reclaim thread compares with is always exceeded.
 *
 * Models  VFIO facts 4.1; row 26 (should mappings expire?) and row 33 (release pages above a limit): mappings that expire,
 *         under any policy that may take any faultable page.
 * Omits   The amount of memory that is wanted. locked-vm.ts has a level that rises and falls.
 */
import { emit, setup } from "xstate";
import { messages, proposal } from "../../../said.ts";
import { lockedVmSays } from "./locked-vm.ts";

type MemoryPressureEmits = { readonly type: "account.level"; readonly by: string; readonly over: boolean };

const s = setup({
  types: {
    events: {} as { readonly type: "account.compares"; readonly by: string },
    emitted: {} as MemoryPressureEmits,
  },
});

export const memoryPressure = s.createMachine({
  id: "memory-pressure",
  description: "a level of memory that is always exceeded",
  meta: {
    origin: proposal("release pages when a limit is exceeded"),
    lane: "memory pressure",
    messages: messages<MemoryPressureEmits>({
      "account.level": lockedVmSays["account.level"],
    }),
  },
  on: { "account.compares": { actions: emit(({ event }) => ({ type: "account.level", by: event.by, over: true })) } },
});
