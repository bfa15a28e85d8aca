/**
 * An IOPF queue: the devices of one IOMMU whose faults it takes, and the workqueue that their handlers queue work on.
 *
 * Models  Linux 6.12, drivers/iommu/io-pgfault.c: iopf_queue_alloc(), iopf_queue_add_device(),
 *         iopf_queue_remove_device(), iopf_queue_discard_partial(), iopf_queue_flush_dev(), iopf_queue_free(), and its
 *         unbound workqueue, on which any queued work may run next and several at once (iopf-core 1.4).
 *         iopf_queue->lock (QL) is held by whoever keeps `calls` from being "ready". A discard takes the lock of one
 *         device after the other, so it is one step for each; a flush takes no lock.
 * Omits   what a work does: its worker calls the handler. Two flushes of one queue at the same time: the second one
 *         waits for the first. Work of `running` that lies in freed memory: whoever runs it names the freed group.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { OK, type KernelWarning } from "../../../include/iommu.ts";

/** struct iopf_group's work item. */
export type Work = { readonly device: number; readonly group: number };

export type QueueContext = {
  readonly queue: number;
  /** False: a mutant that does not throw partial faults away after an overflow (B2). */
  readonly discards: boolean;
  /** The newest first, as the kernel links them. */
  readonly devices: readonly number[];
  /** Devices that a discard has yet to visit. */
  readonly remaining: readonly number[];
  /** Work that nobody has begun: a set. */
  readonly queued: readonly Work[];
  /** Work that a worker is inside of: a set. */
  readonly running: readonly Work[];
  /** What a flush waits for: a set. */
  readonly awaited: readonly Work[];
  /** The device whose flush is under way. */
  readonly flusher: number | null;
};

export type QueueEvent =
  | { readonly type: "queue.allocates" }
  | { readonly type: "queue.adds"; readonly device: number }
  | { readonly type: "queue.removes"; readonly device: number }
  | { readonly type: "queue.discards" }
  | { readonly type: "queue.discards-next" }
  | { readonly type: "queue.flushes"; readonly device: number; readonly queue: number }
  | { readonly type: "queue.flushed" }
  | { readonly type: "queue.frees" }
  | { readonly type: "queue.frees-next" }
  | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number }
  | { readonly type: "param.removed"; readonly device: number; readonly queue: number; readonly found: boolean }
  | ({ readonly type: "work.queued"; readonly queue: number } & Work)
  | ({ readonly type: "work.begins" } & Work)
  | ({ readonly type: "work.done" } & Work)
  /** Ghost: the work lies in freed memory and leaves the model. */
  | ({ readonly type: "work.forgets" } & Work);

export type QueueEmits =
  | KernelWarning
  | { readonly type: "param.adds"; readonly device: number; readonly queue: number }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: number }
  | { readonly type: "partials.discard"; readonly device: number }
  /** The call, other than a flush, is over. */
  | { readonly type: "queue.returns"; readonly queue: number; readonly result: number }
  | { readonly type: "flush.returns"; readonly device: number; readonly result: number };

export type QueueInput = {
  readonly queue: number;
  readonly discards?: boolean;
  /** Devices that are on it from the start, newest first. */
  readonly devices?: readonly number[];
};

/** What the queue does on its own, once it was called. */
export const queueSteps: readonly Message[] = [
  { type: "queue.discards-next" },
  { type: "queue.flushed" },
  { type: "queue.frees-next" },
];

const isSame = (a: Work) => (b: Work) => a.device === b.device && a.group === b.group;
const has = (works: readonly Work[], work: Work): boolean => works.some(isSame(work));
const without = (works: readonly Work[], work: Work): readonly Work[] => works.filter((other) => !isSame(work)(other));
const union = (...works: readonly Work[]): readonly Work[] =>
  works.map(({ device, group }) => ({ device, group })).sort((a, b) => a.device - b.device || a.group - b.group);

const s = setup({
  types: {
    context: {} as QueueContext,
    events: {} as QueueEvent,
    emitted: {} as QueueEmits,
    input: {} as QueueInput,
  },
});

const succeeds = s.emit(({ context }) => ({ type: "queue.returns", queue: context.queue, result: OK }));
const unlinks = s.assign({
  devices: ({ context, event }) =>
    event.type === "param.removed" ? context.devices.filter((device) => device !== event.device) : context.devices,
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
      devices: input.devices ?? [],
      remaining: [],
      queued: [],
      running: [],
      awaited: [],
      flusher: null,
    }),
    states: {
      calls: {
        initial,
        states: {
          absent: { on: { "queue.allocates": { target: "ready", actions: succeeds } } },
          ready: {
            on: {
              "queue.adds": {
                actions: emit(({ context, event }) => ({
                  type: "param.adds",
                  device: event.device,
                  queue: context.queue,
                })),
              },
              "param.added": {
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
                { guard: ({ event }) => event.found, actions: [unlinks, succeeds] },
                {
                  actions: [
                    emit(({ event }) => ({
                      type: "kernel.warns",
                      device: event.device,
                      in: "iopf_queue_remove_device",
                    })),
                    succeeds,
                  ],
                },
              ],
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
                actions: assign({
                  flusher: ({ event }) => event.device,
                  awaited: ({ context }) => union(...context.queued, ...context.running),
                }),
              },
            },
          },
          waiting: {
            on: {
              "queue.flushed": {
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
      "work.queued": { actions: assign({ queued: ({ context, event }) => union(...context.queued, event) }) },
      "work.begins": {
        guard: ({ context, event }) => has(context.queued, event),
        actions: assign({
          queued: ({ context, event }) => without(context.queued, event),
          running: ({ context, event }) => union(...context.running, event),
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
/** A queue that `queue.allocates` brings into being. */
export const unallocatedIopfQueue = machine("absent");
