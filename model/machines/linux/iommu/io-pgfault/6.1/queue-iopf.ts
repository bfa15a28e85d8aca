/**
 * iommu_queue_iopf(): the fault handler that collects the requests of a group and queues work for it. It runs on the
 * reporter's thread, which holds dev->iommu->lock; a discard holds another lock, and can come between its steps.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iommu_queue_iopf() (iopf-core 1.3, steps a to f).
 * Omits   nothing of it. Collecting and queueing are one step: in between, nobody else can reach the group.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Json, Message } from "../../../../../../checker/json.ts";
import { ENODEV, ENOMEM, EOPNOTSUPP, OK, type AllocationFailure, type Fault } from "../../../include/iommu.ts";

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

/** What it does on its own; `allocations` says whether memory may run out. */
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
  context: { fault: null },
  initial: "idle",
  states: {
    idle: {
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
      on: {
        "queue.read": [
          { guard: ({ event }) => event.queue === null, target: "idle", actions: [returns(ENODEV), forgets] },
          { target: "allocating" },
        ],
      },
    },
    allocating: {
      on: {
        "queue-iopf.allocates": [
          { guard: ({ event, context }) => event.ok && !context.fault!.last, target: "pushing" },
          { guard: ({ event }) => event.ok, target: "queueing" },
          { guard: ({ context }) => context.fault!.last, target: "purging", actions: fails },
          { target: "idle", actions: [fails, returns(ENOMEM), forgets] },
        ],
      },
    },
    pushing: {
      on: {
        "queue-iopf.pushes-partial": {
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
      on: {
        "queue-iopf.queues-group": {
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
      on: {
        "queue-iopf.purges-partials": {
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
