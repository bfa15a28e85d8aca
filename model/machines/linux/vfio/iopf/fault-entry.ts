/**
 * The fault handler of the VFIO domain as the IOPF core calls it: it takes whole groups and queues work for them.
 *
 * Models  domain->iopf_handler (iopf-core 1.4), with the delivery that the thread settled on (row 58: the IOPF handler
 *         is reused, only full groups are delivered); the group's memory holds its members until a worker takes it.
 * Omits   refusing a group: VFIO decides per page, in the worker.
 */
import { assign, emit, setup } from "xstate";
import { OK, type Fault } from "../../include/iommu.ts";

type Delivered = { readonly device: number; readonly group: number; readonly members: readonly Fault[] };

export interface FaultEntryContext {
  /** Delivered groups that no worker has taken, in order of delivery. */
  readonly waiting: readonly Delivered[];
}

export type FaultEntryEmits =
  | { readonly type: "work.queues"; readonly device: number; readonly group: number }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number }
  | { readonly type: "work.begins"; readonly device: number; readonly group: number }
  | ({ readonly type: "work.given"; readonly by: string } & Delivered);

const s = setup({
  types: {
    context: {} as FaultEntryContext,
    events: {} as
      | ({ readonly type: "group.delivered" } & Delivered)
      | { readonly type: "work.takes"; readonly by: string; readonly device: number; readonly group: number },
    emitted: {} as FaultEntryEmits,
  },
});

export const faultEntry = s.createMachine({
  id: "fault-entry",
  context: { waiting: [] },
  on: {
    "group.delivered": {
      actions: [
        assign({
          waiting: ({ context, event: { device, group, members } }) => [...context.waiting, { device, group, members }],
        }),
        emit(({ event: { device, group } }) => ({ type: "work.queues", device, group })),
        emit(({ event: { device } }) => ({ type: "handler.returns", device, result: OK })),
      ],
    },
    "work.takes": {
      guard: ({ context, event }) => find(context, event) !== undefined,
      actions: [
        emit(({ event: { device, group } }) => ({ type: "work.begins", device, group })),
        emit(({ context, event }) => ({ type: "work.given", by: event.by, ...find(context, event)! })),
        assign({ waiting: ({ context, event }) => context.waiting.filter((one) => one !== find(context, event)) }),
      ],
    },
  },
});

const find = ({ waiting }: FaultEntryContext, { device, group }: { device: number; group: number }) =>
  waiting.find((one) => one.device === device && one.group === group);
