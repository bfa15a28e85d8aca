/**
 * The exit of a process and a new bind: the context descriptor of its address space is replaced by one that neither translates
 * nor stalls, and later by a real one.
 *
 * Models  Linux 6.12: arm_smmu_mm_release() writes the descriptor that arm_smmu_make_sva_cd() makes without an mm. It clears CD.S
 *         and CD.R and sets EPD0, while transactions that stalled before still wait for software's response (B41, a process
 *         exits with a stalled transaction).
 * Omits   SMMUs that always stall (ARM_SMMU_FEAT_STALL_FORCE), whose CD.S and CD.R stay set: faults after the exit stall too.
 *         Linux 6.1.192 behaves like them on every SMMU: arm_smmu_write_ctx_desc() with quiet_cd sets only EPD0. The
 *         invalidation of the configuration, which is part of the same step: between the write and its completion hardware
 *         does what it does before or after.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux612, messages } from "../../../../../said.ts";

export const stallSwitchSteps: readonly Message[] = [{ type: "exit.turns-off" }, { type: "exit.turns-on" }];

export type StallSwitchEmits = { readonly type: "stalls.off" | "stalls.on" };

const SVA = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c";
const RELEASE = linux612(SVA, "arm_smmu_mm_release", "arm_smmu_make_sva_cd");
const BIND = linux612(SVA, "arm_smmu_sva_set_dev_pasid", "arm_smmu_make_sva_cd");

export const stallSwitch = setup({
  types: {
    events: {} as { readonly type: "exit.turns-off" | "exit.turns-on" },
    emitted: {} as StallSwitchEmits,
  },
}).createMachine({
  id: "stall-switch",
  description: "the context descriptor of a process, at its exit and at a new bind",
  meta: {
    origin: RELEASE,
    lane: "the context descriptor of the process",
    messages: messages<StallSwitchEmits>({
      "stalls.off": { says: "turns walks and stalls off (EPD0; CD.S and CD.R clear)", origin: RELEASE },
      "stalls.on": { says: "turns walks and stalls on", origin: BIND },
    }),
  },
  initial: "on",
  states: {
    on: {
      description: "the descriptor translates, and faults stall",
      on: {
        "exit.turns-off": {
          description: "turns walks and stalls off: the process exits",
          target: "off",
          actions: emit({ type: "stalls.off" }),
        },
      },
    },
    off: {
      description: "the descriptor neither translates nor stalls",
      on: {
        "exit.turns-on": {
          description: "turns walks and stalls on: a new process is bound",
          meta: { origin: BIND },
          target: "on",
          actions: emit({ type: "stalls.on" }),
        },
      },
    },
  },
});
