/**
 * An IOPF queue of Linux 6.1: the devices of one IOMMU, and the workqueue with the groups that wait for a worker.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iopf_queue_alloc(), iopf_queue_add_device(),
 *         iopf_queue_remove_device(), iopf_queue_discard_partial(), iopf_queue_flush_dev(), iopf_queue_free(), and its
 *         unbound workqueue: any queued group may be handled next, and several at once (iopf-core 1.3).
 *         iopf_queue->lock (QL) is held by whoever keeps `calls` from being "ready". Adding and removing also take
 *         the lock of the device, and wait while a reporter or a flush holds it.
 * Omits   two flushes of one queue at the same time: the second one waits for the first.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { OK, type Fault } from "../../../include/iommu.ts";

/** struct iopf_group: its work owns it from the moment it is queued. */
export type Group = { readonly device: number; readonly members: readonly Fault[] };

export type QueueContext = {
  readonly queue: number;
  /** False: a mutant that does not throw partial faults away after an overflow (B2). */
  readonly discards: boolean;
  /** The newest first, as the kernel links them. */
  readonly devices: readonly number[];
  /** Devices that a discard has yet to visit. */
  readonly remaining: readonly number[];
  /** In order of arrival; a worker may begin with any of them. */
  readonly queued: readonly Group[];
  /** Workers that are inside of a group, ascending. */
  readonly running: readonly number[];
  /** The device whose flush is under way; it waits for the oldest `awaitedQueued` groups and for these workers. */
  readonly flusher: number | null;
  readonly awaitedQueued: number;
  readonly awaitedRunning: readonly number[];
};

export type QueueEvent =
  | { readonly type: "queue.allocates" }
  | { readonly type: "queue.adds"; readonly device: number }
  | { readonly type: "queue.removes"; readonly device: number }
  | { readonly type: "queue.discards" }
  | { readonly type: "queue.discards-next" }
  | { readonly type: "queue.flushes"; readonly device: number; readonly queue: number }
  | { readonly type: "queue.ends-flush" }
  | { readonly type: "queue.frees" }
  | { readonly type: "queue.frees-next" }
  | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number }
  | { readonly type: "param.removed"; readonly device: number; readonly queue: number; readonly result: number }
  | ({ readonly type: "work.queued"; readonly queue: number } & Group)
  /** A worker takes the group at this place of `queued`. */
  | { readonly type: "work.begins"; readonly index: number; readonly worker: number }
  | { readonly type: "work.done"; readonly worker: number };

export type QueueEmits =
  | { readonly type: "param.adds"; readonly device: number; readonly queue: number }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: number }
  | { readonly type: "partials.discard"; readonly device: number }
  | { readonly type: "queue.flushed"; readonly device: number }
  | ({ readonly type: "work.begun"; readonly worker: number } & Group)
  /** The call, other than a flush, is over. */
  | { readonly type: "queue.returns"; readonly queue: number; readonly result: number };

export type QueueInput = { readonly queue: number; readonly discards?: boolean };

/** What the queue does on its own, once it was called. */
export const queueSteps: readonly Message[] = [
  { type: "queue.discards-next" },
  { type: "queue.ends-flush" },
  { type: "queue.frees-next" },
];

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
        initial,
        states: {
          absent: { on: { "queue.allocates": { target: "ready", actions: succeeds } } },
          ready: {
            on: {
              "queue.adds": {
                actions: emit(({ context: { queue }, event: { device } }) => ({ type: "param.adds", device, queue })),
              },
              "param.added": {
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
              "param.removed": { actions: [unlinks, returnsResult] },
              "queue.discards": [
                { guard: ({ context }) => !context.discards || context.devices.length === 0, actions: succeeds },
                { target: "discarding", actions: assign({ remaining: ({ context }) => context.devices }) },
              ],
              "queue.frees": { target: "freeing" },
            },
          },
          discarding: {
            on: {
              "queue.discards-next": [
                {
                  guard: ({ context }) => context.remaining.length === 1,
                  target: "ready",
                  actions: [
                    emit(({ context }) => ({ type: "partials.discard", device: context.remaining[0]! })),
                    assign({ remaining: [] }),
                    succeeds,
                  ],
                },
                {
                  actions: [
                    emit(({ context }) => ({ type: "partials.discard", device: context.remaining[0]! })),
                    assign({ remaining: ({ context }) => context.remaining.slice(1) }),
                  ],
                },
              ],
            },
          },
          /** Removes one device after the other, then waits for the workqueue to run dry. */
          freeing: {
            on: {
              "queue.frees-next": [
                {
                  guard: ({ context }) => context.devices.length > 0,
                  actions: emit(({ context }) => ({
                    type: "param.removes",
                    device: context.devices[0]!,
                    queue: context.queue,
                  })),
                },
                { guard: isDrained, target: "absent", actions: succeeds },
              ],
              "param.removed": { actions: unlinks },
            },
          },
        },
      },
      flush: {
        initial: "none",
        states: {
          none: {
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
            on: {
              "queue.ends-flush": {
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
/** A queue that `queue.allocates` brings into being. */
export const unallocatedIopfQueue = machine("absent");
