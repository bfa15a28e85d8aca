/**
 * A reset of a physical function, by its user: pcie_flr() clears every enable bit, and pci_restore_state() writes those that were
 * noted.
 *
 * Models  pci_reset_function(): pcie_flr(), then pci_restore_state() (drivers/pci/pci.c). In 7.3.4 pcie_flr() itself calls
 *         pci_dev_reset_iommu_prepare() before the reset, which blocks the device, and pci_dev_reset_iommu_done() after it,
 *         which attaches it again: the restore comes later. In 6.12.117 the device lock alone is held, which no attach takes.
 * Omits   Attaches between prepare and done, which 7.3.4 refuses or defers: here group->mutex makes them wait. Virtual
 *         functions, which pci_restore_iov_state() enables again.
 */
import { assign, setup } from "xstate";
import { atWill, linux, linuxAt, messages } from "../../../../../said.ts";
import type { Feature } from "../../../../device/feature-registers.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import { FEATURE_RESTORE_ORDERS, type FeatureStep } from "./feature-orders.ts";

export interface ResetRules {
  readonly featureRestore: keyof typeof FEATURE_RESTORE_ORDERS;
  /** While what the device is blocked, and no attach comes between. */
  readonly resetBlocks: "whole-reset" | "flr" | "nothing";
}

type ResetStep = FeatureStep | "flr" | "block" | "attach";

function stepsOf({ featureRestore, resetBlocks }: ResetRules): readonly ResetStep[] {
  const restores = FEATURE_RESTORE_ORDERS[featureRestore];
  if (resetBlocks === "nothing") return ["flr", ...restores];
  if (resetBlocks === "flr") return ["lock", "block", "flr", "attach", "unlock", ...restores];
  return ["lock", "block", "flr", ...restores, "attach", "unlock"];
}

export interface FunctionResetContext extends ResetRules {
  /** Resets that may still happen. */
  readonly resets: number;
  readonly left: readonly ResetStep[];
}

export type FunctionResetEmits =
  | { readonly type: "device.is-reset" | "owner.blocks" | "owner.restores" }
  | { readonly type: "feature.restores"; readonly feature: Feature }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: "reset" };

const s = setup({
  types: {
    context: {} as FunctionResetContext,
    events: {} as { readonly type: "reset.begins" | "reset.steps" },
    emitted: {} as FunctionResetEmits,
    input: {} as Omit<FunctionResetContext, "left">,
  },
});

const steps = s.enqueueActions(({ context, enqueue }) => {
  const [step, ...rest] = context.left;
  enqueue.assign({ left: rest });
  if (step === "flr") enqueue.emit({ type: "device.is-reset" });
  else if (step === "block") enqueue.emit({ type: "owner.blocks" });
  else if (step === "attach") enqueue.emit({ type: "owner.restores" });
  else if (step === "lock") enqueue.emit({ type: "lock.acquires", owner: "reset" });
  else if (step === "unlock") enqueue.emit({ type: "lock.releases", owner: "reset" });
  else enqueue.emit({ type: "feature.restores", feature: step! });
});

export const functionReset = s.createMachine({
  id: "function-reset",
  description: "a reset of the physical function",
  meta: {
    origin: linux("drivers/pci/pci.c", "pcie_flr", "pci_restore_state"),
    lane: "a reset of the function",
    messages: messages<FunctionResetEmits>({
      "device.is-reset": { says: "resets the function", origin: linux("drivers/pci/pci.c", "pcie_flr") },
      "owner.blocks": {
        says: "has the driver block the function",
        origin: linuxAt("7.3.4", "drivers/iommu/iommu.c", "pci_dev_reset_iommu_prepare"),
      },
      "owner.restores": {
        says: "has the driver attach the function again",
        origin: linuxAt("7.3.4", "drivers/iommu/iommu.c", "pci_dev_reset_iommu_done"),
      },
      "feature.restores": {
        says: "restores {feature}, if that was noted as enabled",
        origin: linux("drivers/pci/pci.c", "pci_restore_state"),
      },
      ...mutexSays("group->mutex"),
    }),
  },
  context: ({ input }) => ({ ...input, left: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no reset is in progress",
      on: {
        "reset.begins": {
          description: "begins to reset the function",
          meta: { origin: atWill("a user of the function") },
          guard: ({ context }) => context.resets > 0,
          target: "resetting",
          actions: assign(({ context }) => ({ resets: context.resets - 1, left: stepsOf(context) })),
        },
      },
    },
    resetting: {
      description: "a reset is in progress",
      on: {
        "reset.steps": [
          {
            description: "takes the last step of the reset",
            meta: { listed: true },
            guard: ({ context }) => context.left.length === 1,
            target: "idle",
            actions: steps,
          },
          { description: "takes the next step of the reset", meta: { listed: true }, actions: steps },
        ],
      },
    },
  },
});
