/**
 * An IOPF queue of Linux 6.1 (struct iopf_queue): the devices of one IOMMU, and the workqueue with the groups that wait for
 * a worker.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iopf_queue_alloc(), iopf_queue_add_device(),
 *         iopf_queue_remove_device(), iopf_queue_discard_partial(), iopf_queue_flush_dev(), iopf_queue_free(). The
 *         workqueue is unbound: any queued group may be handled next, and several at once (iopf-core 1.3).
 *         A caller holds iopf_queue->lock while the region `calls` is in a state other than "ready". Adding and removing
 *         also take dev->iommu->lock, and wait while a reporter or a flush holds it.
 * Omits   two flushes of one queue at the same time: the second one waits for the first. A caller that waits for
 *         dev->iommu->lock holds iopf_queue->lock meanwhile; here other callers may pass it. Nobody takes iopf_queue->lock
 *         with dev->iommu->lock held, so no deadlock is hidden. No memory for an iopf_device_param.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux61 } from "../../../../../said.ts";
import { EINVAL, OK } from "../../../include/iommu.ts";
import {
  queueSays,
  type QueueContext,
  type QueueEmits,
  type QueueEvent,
  type QueueInput,
} from "./iopf-queue-messages.ts";

/** The steps of its calls. */
export const queueSteps: readonly Message[] = [
  { type: "queue.discards-next" },
  { type: "queue.ends-flush" },
  { type: "queue.frees-next" },
];

const IOPF = "drivers/iommu/io-pgfault.c";
const WORKQUEUE = "kernel/workqueue.c";
const inAdd = linux61(IOPF, "iopf_queue_add_device");
const inRemove = linux61(IOPF, "iopf_queue_remove_device");
const inDiscard = linux61(IOPF, "iopf_queue_discard_partial");

const without = (workers: readonly number[], worker: number): readonly number[] => workers.filter((w) => w !== worker);
const including = (workers: readonly number[], worker: number): readonly number[] =>
  [...workers, worker].sort((a, b) => a - b);

const s = setup({
  types: {
    context: {} as QueueContext,
    events: {} as QueueEvent,
    emitted: {} as QueueEmits,
    input: {} as QueueInput,
  },
});

const succeeds = s.emit(({ context }) => ({ type: "queue.returns", queue: context.queue, result: OK }));
const returnsResult = s.emit(({ context, event }) => ({
  type: "queue.returns",
  queue: context.queue,
  result: event.type === "param.added" || event.type === "param.removed" ? event.result : OK,
}));
/** Of a function that is called with NULL. */
const refuses = s.emit(({ context }) => ({ type: "queue.returns", queue: context.queue, result: EINVAL }));
const unlinks = s.assign({
  devices: ({ context, event }) =>
    event.type === "param.removed" && event.result === OK
      ? context.devices.filter((device) => device !== event.device)
      : context.devices,
});
const isDrained = ({ context }: { context: QueueContext }): boolean =>
  context.devices.length === 0 && context.queued.length === 0 && context.running.length === 0;

const machine = (initial: "absent" | "ready") =>
  s.createMachine({
    id: "iopf-queue",
    description: "an IOPF queue (struct iopf_queue) and its workqueue",
    meta: {
      origin: linux61(IOPF, "iopf_queue_alloc"),
      lane: "IOPF queue {queue} and its workqueue",
      messages: queueSays,
    },
    type: "parallel",
    context: ({ input }) => ({
      queue: input.queue,
      discards: input.discards ?? true,
      devices: [],
      remaining: [],
      queued: [],
      running: [],
      flusher: null,
      awaitedQueued: 0,
      awaitedRunning: [],
    }),
    states: {
      calls: {
        description: "the calls that take iopf_queue->lock",
        initial,
        states: {
          absent: {
            description: "the queue is not allocated: a pointer to it is NULL",
            on: {
              "queue.allocates": { target: "ready", actions: succeeds },
              "queue.discards": { meta: { origin: inDiscard }, actions: refuses },
            },
          },
          ready: {
            description: "no thread holds iopf_queue->lock",
            on: {
              "queue.adds": {
                actions: emit(({ context: { queue }, event: { device } }) => ({ type: "param.adds", device, queue })),
              },
              "param.added": {
                meta: { origin: inAdd },
                actions: [
                  assign({
                    devices: ({ context: { devices }, event: { device, result } }) =>
                      result === OK ? [device, ...devices] : devices,
                  }),
                  returnsResult,
                ],
              },
              "queue.removes": {
                actions: emit(({ context: { queue }, event: { device } }) => ({
                  type: "param.removes",
                  device,
                  queue,
                })),
              },
              "param.removed": { meta: { origin: inRemove }, actions: [unlinks, returnsResult] },
              "queue.discards": [
                {
                  meta: { origin: inDiscard },
                  guard: ({ context }) => !context.discards || context.devices.length === 0,
                  actions: succeeds,
                },
                { target: "discarding", actions: assign({ remaining: ({ context }) => context.devices }) },
              ],
              "queue.frees": { target: "freeing" },
            },
          },
          discarding: {
            description: "iopf_queue_discard_partial() frees partial faults, one device after the other",
            meta: { origin: inDiscard },
            on: {
              "queue.discards-next": [
                {
                  description: "frees the partial faults of the last device and unlocks the queue",
                  guard: ({ context }) => context.remaining.length === 1,
                  target: "ready",
                  actions: [
                    emit(({ context }) => ({ type: "partials.discard", device: context.remaining[0]! })),
                    assign({ remaining: [] }),
                    succeeds,
                  ],
                },
                {
                  description: "frees the partial faults of the next device",
                  actions: [
                    emit(({ context }) => ({ type: "partials.discard", device: context.remaining[0]! })),
                    assign({ remaining: ({ context }) => context.remaining.slice(1) }),
                  ],
                },
              ],
            },
          },
          freeing: {
            description: "iopf_queue_free() removes the devices, then waits for the workqueue",
            meta: { origin: linux61(IOPF, "iopf_queue_free") },
            on: {
              "queue.frees-next": [
                {
                  description: "removes the next device",
                  guard: ({ context }) => context.devices.length > 0,
                  actions: emit(({ context }) => ({
                    type: "param.removes",
                    device: context.devices[0]!,
                    queue: context.queue,
                  })),
                },
                {
                  description: "frees the queue after its last work",
                  guard: isDrained,
                  target: "absent",
                  actions: succeeds,
                },
              ],
              "param.removed": { actions: unlinks },
            },
          },
        },
      },
      flush: {
        description: "iopf_queue_flush_dev() of a device of the queue",
        initial: "none",
        states: {
          none: {
            description: "no flush is under way",
            on: {
              "queue.flushes": {
                target: "waiting",
                actions: assign(({ context: { queued, running }, event: { device } }) => ({
                  flusher: device,
                  awaitedQueued: queued.length,
                  awaitedRunning: running,
                })),
              },
            },
          },
          waiting: {
            description: "iopf_queue_flush_dev() waits for the work that was queued when it began",
            on: {
              "queue.ends-flush": {
                description: "has waited for all work that was queued",
                meta: { origin: linux61(WORKQUEUE, "__flush_workqueue") },
                guard: ({ context }) => context.awaitedQueued === 0 && context.awaitedRunning.length === 0,
                target: "none",
                actions: [
                  emit(({ context }) => ({ type: "queue.flushed", device: context.flusher! })),
                  assign({ flusher: null }),
                ],
              },
            },
          },
        },
      },
    },
    on: {
      "work.queued": {
        actions: assign({
          queued: ({ context, event: { device, members } }) => [...context.queued, { device, members }],
        }),
      },
      "work.begins": {
        meta: { origin: linux61(WORKQUEUE, "process_one_work") },
        guard: ({ context, event }) => event.index < context.queued.length,
        actions: enqueueActions(({ context, event: { index, worker }, enqueue }) => {
          const isAwaited = index < context.awaitedQueued;
          enqueue.assign({
            queued: context.queued.filter((_, place) => place !== index),
            running: including(context.running, worker),
            awaitedQueued: context.awaitedQueued - (isAwaited ? 1 : 0),
            awaitedRunning: isAwaited ? including(context.awaitedRunning, worker) : context.awaitedRunning,
          });
          enqueue.emit({ type: "work.begun", worker, ...context.queued[index]! });
        }),
      },
      "work.done": {
        actions: assign(({ context, event: { worker } }) => ({
          running: without(context.running, worker),
          awaitedRunning: without(context.awaitedRunning, worker),
        })),
      },
    },
  });

/** A queue that exists from the start. */
export const iopfQueue = machine("ready");
/** A queue that `queue.allocates` creates. */
export const unallocatedIopfQueue = machine("absent");
