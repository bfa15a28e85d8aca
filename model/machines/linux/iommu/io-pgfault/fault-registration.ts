/**
 * The registration of the fault handler of a device, with the stages of translation whose faults it reports.
 *
 * Models  iommu_register_device_fault_handler() of Linux in 2021: one handler for each device, -EBUSY for a second one. And
 *         iommu_update_device_fault_handler() of RFC v2 and v3, which changes the stages of the registered handler. Or one
 *         handler for each page table, as in Linux since 6.9 (VFIO facts 1.5; rows 40, 43, 45 and 64 of the RFC thread: who
 *         registers, when, and for which stage).
 * Omits   unregistering. The handler itself: row 65 (VFIO's handler calls the second one).
 */
import { emit, setup } from "xstate";
import { linux61, messages, rfc } from "../../../../said.ts";

export interface RegistrationRules {
  readonly handlerPer: "device" | "page-table";
  /** D-02 (inverted test of v2 and v3): the update fails with a handler, and follows a null pointer without one. */
  readonly updateGuard: "right" | "inverted";
}

export interface FaultRegistrationContext {
  readonly rules: RegistrationRules;
  /** Stages whose faults are reported: a set. */
  readonly stages: readonly number[];
  /** A null handler was updated. Never cleared. */
  readonly nullUse: boolean;
}

export type FaultRegistrationEvent =
  | { readonly type: "handler.registers" | "handler.updates"; readonly stage: number }
  | { readonly type: "handler.reads"; readonly device: number };

export type FaultRegistrationEmits =
  | { readonly type: "handler.result"; readonly stage: number; readonly ok: boolean }
  | { readonly type: "handler.stages"; readonly device: number; readonly stages: readonly number[] };

const s = setup({
  types: {
    context: {} as FaultRegistrationContext,
    events: {} as FaultRegistrationEvent,
    emitted: {} as FaultRegistrationEmits,
    input: {} as RegistrationRules & { readonly stages: readonly number[] },
  },
});

const accepts = ({ rules, stages }: FaultRegistrationContext, type: string): boolean => {
  if (rules.handlerPer === "page-table") return true;
  const exists = stages.length > 0;
  const wanted = type === "handler.updates" && rules.updateGuard === "right";
  return exists === wanted;
};

const takes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "handler.reads") return;
  const { stage, type } = event;
  const ok = accepts(context, type);
  const exists = context.stages.length > 0;
  /** The inverted test lets an update without a handler through. */
  const crashes = ok && type === "handler.updates" && !exists && context.rules.handlerPer === "device";
  if (crashes) enqueue.assign({ nullUse: true });
  else if (ok) enqueue.assign({ stages: [...new Set([...context.stages, stage])].sort((a, b) => a - b) });
  enqueue.emit({ type: "handler.result", stage, ok: ok && !crashes });
});

export const faultRegistration = s.extend({ actions: { takes } }).createMachine({
  id: "fault-registration",
  description: "the registered fault handler of a device",
  meta: {
    origin: linux61("drivers/iommu/iommu.c", "iommu_register_device_fault_handler"),
    lane: "the fault handler that is registered for the device",
    messages: messages<FaultRegistrationEmits>({
      "handler.result": "{ok?sets:refuses to set} the handler for stage {stage}",
      "handler.stages": {
        says: "reads the stages whose faults the handler takes ({stages})",
        origin: linux61("drivers/iommu/iommu.c", "iommu_report_device_fault"),
      },
    }),
  },
  context: ({ input: { stages, ...rules } }) => ({ rules, stages, nullUse: false }),
  on: {
    "handler.registers": { actions: "takes" },
    "handler.updates": {
      meta: { origin: rfc("v3 patch 1", "iommu_update_device_fault_handler") },
      actions: "takes",
    },
    "handler.reads": {
      actions: emit(({ context: { stages }, event: { device } }) => ({ type: "handler.stages", device, stages })),
    },
  },
});
