/**
 * Who asked for the recoverable faults of a device, and of which stage.
 *
 * Models  Linux iommu_register_device_fault_handler() of 2021, one handler for each device (EBUSY for a second), and
 *         iommu_update_device_fault_handler() of RFC v2 and v3, which changes what is reported to the one that exists;
 *         or one handler for each page table, as Linux has since 6.9 (VFIO facts 1.5, rows 40, 43, 45, 64).
 * Omits   unregistering, and what the handler is: who registered second is reached through the first (row 65).
 */
import { emit, setup } from "xstate";

export interface RegistrationRules {
  readonly handlerPer: "device" | "page-table";
  /** D-02: the update of the RFC fails if there is a handler, and follows a null pointer if there is none. */
  readonly updateGuard: "right" | "inverted";
}

export interface FaultRegistrationContext {
  readonly rules: RegistrationRules;
  /** Stages that are reported: a set. */
  readonly stages: readonly number[];
  /** A handler that was not there was called. Never cleared. */
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
  /** Past the inverted guard, there is nothing to update. */
  const crashes = ok && type === "handler.updates" && !exists && context.rules.handlerPer === "device";
  if (crashes) enqueue.assign({ nullUse: true });
  else if (ok) enqueue.assign({ stages: [...new Set([...context.stages, stage])].sort((a, b) => a - b) });
  enqueue.emit({ type: "handler.result", stage, ok: ok && !crashes });
});

export const faultRegistration = s.extend({ actions: { takes } }).createMachine({
  id: "fault-registration",
  context: ({ input: { stages, ...rules } }) => ({ rules, stages, nullUse: false }),
  on: {
    "handler.registers": { actions: "takes" },
    "handler.updates": { actions: "takes" },
    "handler.reads": {
      actions: emit(({ context: { stages }, event: { device } }) => ({ type: "handler.stages", device, stages })),
    },
  },
});
