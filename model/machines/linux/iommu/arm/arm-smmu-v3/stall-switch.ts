/**
 * The exit of a process, and its return: the context of its address space is replaced by one that neither translates nor
 * stalls, and later by a real one again.
 *
 * Models  arm_smmu_write_ctx_desc() with the quiet descriptor, since 6.9 arm_smmu_make_sva_cd() without an mm (IOPF core
 *         facts, B41): CD.S and CD.R are cleared and walks are disabled, while transactions that stalled before still
 *         wait for software's answer.
 * Omits   SMMUs that always stall (ARM_SMMU_FEAT_STALL_FORCE), for which CD.S and CD.R are not cleared, so that what faults
 *         after the exit stalls too. The invalidation of the configuration, which is part of the same step: what hardware
 *         does between the write and its completion is what it does before or after.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export const stallSwitchSteps: readonly Message[] = [{ type: "exit.turns-off" }, { type: "exit.turns-on" }];

export const stallSwitch = setup({
  types: {
    events: {} as { readonly type: "exit.turns-off" | "exit.turns-on" },
    emitted: {} as { readonly type: "stalls.off" | "stalls.on" },
  },
}).createMachine({
  id: "stall-switch",
  initial: "on",
  states: {
    on: { on: { "exit.turns-off": { target: "off", actions: emit({ type: "stalls.off" }) } } },
    off: { on: { "exit.turns-on": { target: "on", actions: emit({ type: "stalls.on" }) } } },
  },
});
