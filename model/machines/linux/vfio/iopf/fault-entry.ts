/**
 * The VFIO fault handler as the IOPF core of Linux 6.12 would call it: it gets a whole group and queues work for the
 * group.
 *
 * Models  domain->iopf_handler (iopf-core facts 1.4) for a VFIO domain. It gets whole groups (row 58: VFIO reuses the
 *         IOPF handler, and only full groups are delivered). The memory of the group keeps its members until a worker
 *         takes them.
 * Omits   refusing a group: VFIO decides page by page, in the worker (fault-worker.ts).
 */
import { assign, emit, setup } from "xstate";
import { OK, type Fault } from "../../include/iommu.ts";
import { messages, proposal } from "../../../../said.ts";

type Delivered = { readonly device: number; readonly group: number; readonly members: readonly Fault[] };

export interface FaultEntryContext {
  /** Delivered groups that wait for a worker, in order of delivery. */
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
  description: "the iopf_handler of a VFIO domain, with the groups that wait for a worker",
  meta: {
    origin: proposal("a VFIO handler for groups of the IOPF core"),
    lane: "domain->iopf_handler of the VFIO domain",
    messages: messages<FaultEntryEmits>({
      "work.queues": "queues work for group {group} of device {device}",
      "handler.returns": "returns {result}",
      "work.begins": "begins the work of group {group} of device {device}",
      "work.given": "gives group {group} of device {device} to {by}",
    }),
  },
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
        assign(({ context, event }) => {
          const taken = find(context, event);
          return { waiting: context.waiting.filter((one) => one !== taken) };
        }),
      ],
    },
  },
});

const find = ({ waiting }: FaultEntryContext, { device, group }: { device: number; group: number }) =>
  waiting.find((one) => one.device === device && one.group === group);
