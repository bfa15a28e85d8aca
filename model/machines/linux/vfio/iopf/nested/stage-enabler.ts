/**
 * One owner of a stage of a nested translation enables its faults: type1 those of stage 2, the bus driver those of stage 1.
 *
 * Models  VFIO facts 1.5 and 5.1: there is one handler for each device, so whoever comes second must update and not
 *         register (rows 45, 64); RFC v2 and v3 fix the order instead: type1 registers, the bus driver updates.
 * Omits   disabling.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

/** What the owner calls: the one, the other, or an update after EBUSY. */
export type EnablingCall = "registers" | "updates" | "registers-or-updates";

export const stageEnablerSteps: readonly Message[] = [
  { type: "enabler.begins" },
  { type: "enabler.registers" },
  { type: "enabler.updates" },
];

const s = setup({
  types: {
    context: {} as { stage: number; calls: EnablingCall },
    events: {} as
      | { readonly type: "enabler.begins" | "enabler.registers" | "enabler.updates" }
      | { readonly type: "handler.result"; readonly ok: boolean },
    emitted: {} as { readonly type: "handler.registers" | "handler.updates"; readonly stage: number },
    input: {} as { stage: number; calls: EnablingCall },
  },
  guards: {
    updates: ({ context }) => context.calls === "updates",
    mayUpdate: ({ context }) => context.calls === "registers-or-updates",
  },
});

export const stageEnabler = s.createMachine({
  id: "stage-enabler",
  context: ({ input }) => input,
  initial: "off",
  states: {
    off: { on: { "enabler.begins": [{ guard: "updates", target: "updating" }, { target: "registering" }] } },
    registering: {
      on: {
        "enabler.registers": {
          actions: emit(({ context }) => ({ type: "handler.registers", stage: context.stage })),
        },
        "handler.result": [
          { guard: ({ event }) => event.ok, target: "on" },
          { guard: "mayUpdate", target: "updating" },
          { target: "refused" },
        ],
      },
    },
    updating: {
      on: {
        "enabler.updates": { actions: emit(({ context }) => ({ type: "handler.updates", stage: context.stage })) },
        "handler.result": [{ guard: ({ event }) => event.ok, target: "on" }, { target: "refused" }],
      },
    },
    on: {},
    /** The ioctl failed; user space may try it again. */
    refused: { on: { "enabler.begins": [{ guard: "updates", target: "updating" }, { target: "registering" }] } },
  },
});
