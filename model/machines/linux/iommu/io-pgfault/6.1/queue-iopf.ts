/**
 * iommu_queue_iopf(): the fault handler that collects the requests of a group and queues work for it. It runs on the
 * reporter's thread, which holds dev->iommu->lock. iopf_queue_discard_partial() takes another lock, so it can run between
 * two steps.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iommu_queue_iopf() (iopf-core 1.3, steps a to f).
 * Omits   no step. Collecting and queueing are one step: no other thread can reach the group between them.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Json, Message } from "../../../../../../checker/json.ts";
import { linux61, messages } from "../../../../../said.ts";
import {
  allocationSays,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  OK,
  type AllocationFailure,
  type Fault,
} from "../../../include/iommu.ts";

export type QueueIopfContext = { readonly fault: Fault | null };

export type QueueIopfEvent =
  | {
      readonly type: "handler.called";
      readonly device: number;
      readonly handler: Json;
      readonly fault: Fault;
      readonly unrecoverable: boolean;
    }
  | { readonly type: "queue.read"; readonly device: number; readonly queue: number | null }
  | { readonly type: "queue-iopf.allocates"; readonly ok: boolean }
  | { readonly type: "queue-iopf.pushes-partial" }
  | { readonly type: "queue-iopf.queues-group" }
  | { readonly type: "queue-iopf.purges-partials" };

export type QueueIopfEmits =
  | AllocationFailure
  | { readonly type: "queue.reads"; readonly device: number }
  | { readonly type: "partial.pushes"; readonly device: number; readonly fault: Fault }
  | { readonly type: "partials.purge"; readonly device: number; readonly grp: number }
  | { readonly type: "group.collects"; readonly device: number; readonly fault: Fault }
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number };

/** Its own steps; `allocations` says whether kzalloc() may fail. */
export const queueIopfSteps = (allocations: "succeed" | "may-fail"): readonly Message[] => [
  { type: "queue-iopf.allocates", ok: true },
  ...(allocations === "may-fail" ? [{ type: "queue-iopf.allocates", ok: false }] : []),
  { type: "queue-iopf.pushes-partial" },
  { type: "queue-iopf.queues-group" },
  { type: "queue-iopf.purges-partials" },
];

const s = setup({
  types: { context: {} as QueueIopfContext, events: {} as QueueIopfEvent, emitted: {} as QueueIopfEmits },
});

const fails = s.emit(({ context }) => ({
  type: "allocation.fails",
  device: context.fault!.device,
  in: "iommu_queue_iopf",
}));
const forgets = s.assign({ fault: null });
const returns = (result: number) =>
  s.emit(({ context }) => ({ type: "handler.returns", device: context.fault!.device, result }));

export const queueIopf = s.createMachine({
  id: "queue-iopf",
  description: "a call of iommu_queue_iopf(), the registered fault handler",
  meta: {
    origin: linux61("drivers/iommu/io-pgfault.c", "iommu_queue_iopf"),
    lane: "iommu_queue_iopf(), on the reporter's thread",
    messages: messages<QueueIopfEmits>({
      "allocation.fails": allocationSays,
      "queue.reads": "reads dev->iommu->iopf_param of device {device}",
      "partial.pushes": "adds page {fault.page} to the partial faults of device {device}",
      "partials.purge": "frees the partial faults of PRGI {grp}",
      "group.collects": "collects the partial faults of PRGI {fault.grp} and queues the group",
      "handler.returns": "returns {result}",
    }),
  },
  context: { fault: null },
  initial: "idle",
  states: {
    idle: {
      description: "not called",
      on: {
        "handler.called": [
          {
            guard: ({ event }) => event.unrecoverable,
            actions: emit(({ event }) => ({ type: "handler.returns", device: event.device, result: EOPNOTSUPP })),
          },
          {
            target: "reading-queue",
            actions: [
              assign({ fault: ({ event }) => event.fault }),
              emit(({ event }) => ({ type: "queue.reads", device: event.device })),
            ],
          },
        ],
      },
    },
    "reading-queue": {
      description: "looks for the IOPF queue of the device",
      on: {
        "queue.read": [
          { guard: ({ event }) => event.queue === null, target: "idle", actions: [returns(ENODEV), forgets] },
          { target: "allocating" },
        ],
      },
    },
    allocating: {
      description: "allocates an iopf_fault, or an iopf_group for the last request",
      on: {
        "queue-iopf.allocates": [
          {
            description: "allocates an iopf_fault",
            guard: ({ event, context }) => event.ok && !context.fault!.last,
            target: "pushing",
          },
          { description: "allocates an iopf_group", guard: ({ event }) => event.ok, target: "queueing" },
          {
            description: "gets no memory for the group",
            guard: ({ context }) => context.fault!.last,
            target: "purging",
            actions: fails,
          },
          {
            description: "gets no memory for the partial fault and drops it",
            target: "idle",
            actions: [fails, returns(ENOMEM), forgets],
          },
        ],
      },
    },
    pushing: {
      description: "holds a partial fault that is not on the list yet",
      on: {
        "queue-iopf.pushes-partial": {
          description: "adds page {fault.page} to the partial faults",
          target: "idle",
          actions: [
            emit(({ context: { fault } }) => ({ type: "partial.pushes", device: fault!.device, fault: fault! })),
            returns(OK),
            forgets,
          ],
        },
      },
    },
    queueing: {
      description: "holds a group that is not queued yet",
      on: {
        "queue-iopf.queues-group": {
          description: "collects the partial faults of PRGI {fault.grp} and queues the group as work",
          target: "idle",
          actions: [
            emit(({ context: { fault } }) => ({ type: "group.collects", device: fault!.device, fault: fault! })),
            returns(OK),
            forgets,
          ],
        },
      },
    },
    purging: {
      description: "has no memory for the group",
      on: {
        "queue-iopf.purges-partials": {
          description: "frees the partial faults of PRGI {fault.grp}",
          target: "idle",
          actions: enqueueActions(({ context: { fault }, enqueue }) => {
            const { device, grp } = fault!;
            enqueue.emit({ type: "partials.purge", device, grp });
            enqueue.emit({ type: "handler.returns", device, result: ENOMEM });
            enqueue.assign({ fault: null });
          }),
        },
      },
    },
  },
});
