/**
 * The enabling of faults by the owner of one stage of a nested translation: type1 owns stage 2, the bus driver (vfio-pci)
 * stage 1.
 *
 * Models  iommu_register_device_fault_handler() and iommu_update_device_fault_handler() of RFC v2 and v3 (VFIO facts 1.5,
 *         5.1). A device has one handler (row 64), so the second owner has to update the flags of the handler (row 45:
 *         FLAT, or NESTED with the level). RFC v2 and v3 fix the order: type1 registers, and the bus driver updates.
 * Omits   disabling.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { messages, rfc } from "../../../../../said.ts";

/** The call of the owner: a registration, an update, or an update after EBUSY. */
export type EnablingCall = "registers" | "updates" | "registers-or-updates";

export const stageEnablerSteps: readonly Message[] = [
  { type: "enabler.begins" },
  { type: "enabler.registers" },
  { type: "enabler.updates" },
];

type StageEnablerEmits = { readonly type: "handler.registers" | "handler.updates"; readonly stage: number };

const UPDATE = rfc("v3 patch 1", "iommu_update_device_fault_handler");

const s = setup({
  types: {
    context: {} as { stage: number; calls: EnablingCall },
    events: {} as
      | { readonly type: "enabler.begins" | "enabler.registers" | "enabler.updates" }
      | { readonly type: "handler.result"; readonly ok: boolean },
    emitted: {} as StageEnablerEmits,
    input: {} as { stage: number; calls: EnablingCall },
  },
  guards: {
    updates: ({ context }) => context.calls === "updates",
    mayUpdate: ({ context }) => context.calls === "registers-or-updates",
  },
});

export const stageEnabler = s.createMachine({
  id: "stage-enabler",
  description: "the enabling of faults by the owner of one stage",
  meta: {
    origin: rfc("v3 patch 1", "iommu_register_device_fault_handler", "iommu_update_device_fault_handler"),
    lane: "the owner of stage {stage}: type1 for stage 2, vfio-pci for stage 1",
    messages: messages<StageEnablerEmits>({
      "handler.registers": "registers the fault handler for stage {stage}",
      "handler.updates": { says: "adds stage {stage} to the registered fault handler", origin: UPDATE },
    }),
  },
  context: ({ input }) => input,
  initial: "off",
  states: {
    off: {
      description: "faults of stage {stage} are not enabled",
      on: {
        "enabler.begins": [
          { description: "begins to enable faults of stage {stage}", guard: "updates", target: "updating" },
          { target: "registering" },
        ],
      },
    },
    registering: {
      description: "the handler is to be registered",
      on: {
        "enabler.registers": {
          description: "registers the fault handler for stage {stage}",
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
      description: "the handler is registered and is to be updated",
      meta: { origin: UPDATE },
      on: {
        "enabler.updates": {
          description: "adds stage {stage} to the registered fault handler",
          actions: emit(({ context }) => ({ type: "handler.updates", stage: context.stage })),
        },
        "handler.result": [{ guard: ({ event }) => event.ok, target: "on" }, { target: "refused" }],
      },
    },
    on: { description: "faults of stage {stage} are enabled" },
    refused: {
      description: "the ioctl failed, and may be tried again",
      on: {
        "enabler.begins": [
          { description: "tries again to enable faults of stage {stage}", guard: "updates", target: "updating" },
          { target: "registering" },
        ],
      },
    },
  },
});
