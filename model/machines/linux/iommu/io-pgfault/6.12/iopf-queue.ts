/**
 * An IOPF queue of Linux 6.12 (struct iopf_queue): the devices of one IOMMU whose faults it takes, and the workqueue that
 * their handlers queue work on.
 *
 * Models  Linux 6.12, drivers/iommu/io-pgfault.c: iopf_queue_alloc(), iopf_queue_add_device(),
 *         iopf_queue_remove_device(), iopf_queue_discard_partial(), iopf_queue_flush_dev(), iopf_queue_free(). The
 *         workqueue is unbound: any queued work may run next, and several at once (iopf-core 1.4).
 *         A caller holds iopf_queue->lock while the region `calls` is in a state other than "ready". A discard takes
 *         fault_param->lock of one device after the other, so it is one step for each. A flush takes no lock.
 * Omits   the work function: iopf-worker.ts calls the handler. Two flushes of one queue at the same time: the second one
 *         waits for the first. Work of `running` in freed memory: the worker that runs it uses the freed group.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux612 } from "../../../../../said.ts";
import { EINVAL, OK } from "../../../include/iommu.ts";
import {
  queueSays,
  type QueueContext,
  type QueueEmits,
  type QueueEvent,
  type QueueInput,
  type Work,
} from "./iopf-queue-messages.ts";

/** The steps of its calls. */
export const queueSteps: readonly Message[] = [
  { type: "queue.discards-next" },
  { type: "queue.flushed" },
  { type: "queue.frees-next" },
];

const IOPF = "drivers/iommu/io-pgfault.c";
const inAdd = linux612(IOPF, "iopf_queue_add_device");
const inRemove = linux612(IOPF, "iopf_queue_remove_device");
const inDiscard = linux612(IOPF, "iopf_queue_discard_partial");
const inFlush = linux612("kernel/workqueue.c", "__flush_workqueue");

const isSame = (a: Work) => (b: Work) => a.device === b.device && a.group === b.group;
const has = (works: readonly Work[], work: Work): boolean => works.some(isSame(work));
const without = (works: readonly Work[], work: Work): readonly Work[] => works.filter((other) => !isSame(work)(other));
/** By device and group: a set has one order. */
const withWork = (works: readonly Work[], { device, group }: Work): readonly Work[] => {
  const before = works.findLastIndex(
    (other) => other.device < device || (other.device === device && other.group <= group),
  );
  return works.toSpliced(before + 1, 0, { device, group });
};

const s = setup({
  types: {
    context: {} as QueueContext,
    events: {} as QueueEvent,
    emitted: {} as QueueEmits,
    input: {} as QueueInput,
  },
});

const succeeds = s.emit(({ context }) => ({ type: "queue.returns", queue: context.queue, result: OK }));
/** Of a void function. */
const ends = s.emit(({ context }) => ({ type: "queue.returns", queue: context.queue, result: null }));
/** Of a function that is called with NULL. */
const refuses = s.emit(({ context }) => ({ type: "queue.returns", queue: context.queue, result: EINVAL }));
const unlinks = s.assign({
  devices: ({ context, event }) =>
    event.type === "param.removed" ? context.devices.filter((device) => device !== event.device) : context.devices,
});
const isDrained = ({ context }: { context: QueueContext }): boolean =>
  context.devices.length === 0 && context.queued.length === 0 && context.running.length === 0;

const machine = (initial: "absent" | "ready") =>
  s.createMachine({
    id: "iopf-queue",
    description: "an IOPF queue (struct iopf_queue) and its workqueue",
    meta: {
      origin: linux612(IOPF, "iopf_queue_alloc"),
      lane: "IOPF queue {queue} and its workqueue",
      messages: queueSays,
    },
    type: "parallel",
    context: ({ input }) => ({
      queue: input.queue,
      discards: input.discards ?? true,
      devices: input.devices ?? [],
      remaining: [],
      queued: [],
      running: [],
      awaited: [],
      flusher: null,
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
                actions: emit(({ context, event: { device, memory } }) => ({
                  type: "param.adds",
                  device,
                  queue: context.queue,
                  ...(memory === undefined ? {} : { memory }),
                })),
              },
              "param.added": {
                meta: { origin: inAdd },
                actions: enqueueActions(({ context: { devices, queue }, event: { device, result }, enqueue }) => {
                  if (result === OK) enqueue.assign({ devices: [device, ...devices] });
                  enqueue.emit({ type: "queue.returns", queue, result });
                }),
              },
              "queue.removes": {
                actions: emit(({ context, event }) => ({
                  type: "param.removes",
                  device: event.device,
                  queue: context.queue,
                })),
              },
              "param.removed": [
                { meta: { origin: inRemove }, guard: ({ event }) => event.found, actions: [unlinks, ends] },
                {
                  meta: { origin: inRemove },
                  actions: [
                    emit(({ event }) => ({
                      type: "kernel.warns",
                      device: event.device,
                      in: "iopf_queue_remove_device",
                    })),
                    ends,
                  ],
                },
              ],
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
            meta: { origin: linux612(IOPF, "iopf_queue_free") },
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
                  actions: ends,
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
                actions: assign({
                  flusher: ({ event }) => event.device,
                  awaited: ({ context }) => context.running.reduce(withWork, context.queued),
                }),
              },
            },
          },
          waiting: {
            description: "iopf_queue_flush_dev() waits for the work that was queued when it began",
            on: {
              "queue.flushed": {
                description: "has waited for all work that was queued",
                meta: { origin: inFlush },
                guard: ({ context }) => context.awaited.length === 0,
                target: "none",
                actions: [
                  emit(({ context }) => ({ type: "flush.returns", device: context.flusher!, result: OK })),
                  assign({ flusher: null }),
                ],
              },
            },
          },
        },
      },
    },
    on: {
      "work.queued": { actions: assign({ queued: ({ context, event }) => withWork(context.queued, event) }) },
      "work.begins": {
        guard: ({ context, event }) => has(context.queued, event),
        actions: assign({
          queued: ({ context, event }) => without(context.queued, event),
          running: ({ context, event }) => withWork(context.running, event),
        }),
      },
      "work.done": {
        actions: assign({
          running: ({ context, event }) => without(context.running, event),
          awaited: ({ context, event }) => without(context.awaited, event),
        }),
      },
      "work.forgets": {
        actions: assign({
          queued: ({ context, event }) => without(context.queued, event),
          awaited: ({ context, event }) => without(context.awaited, event),
        }),
      },
    },
  });

/** A queue that exists from the start. */
export const iopfQueue = machine("ready");
/** A queue that `queue.allocates` creates. */
export const unallocatedIopfQueue = machine("absent");
