/**
 * One worker thread of an IOPF queue's workqueue: it begins any work that is queued, lets the handler do it, and is free
 * again when the handler says so. A system has as many workers as works may run at once.
 *
 * Models  Linux 6.12, kernel/workqueue.c as io-pgfault.c uses it (WQ_UNBOUND), and the call of the work function that
 *         the handler has set with INIT_WORK() (iopf-core 1.4, SVA worker).
 * Omits   the work function: it is the handler's, which answers `work.runs` with `work.done` at once or some steps later.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Work } from "./iopf-queue.ts";

export type WorkerContext = { readonly work: Work | null };

export type WorkerEvent =
  | ({ readonly type: "worker.begins" } & Work)
  /** From the handler: the work function has returned. */
  | ({ readonly type: "work.done" } & Work);

export type WorkerEmits =
  /** To the queue, which refuses it when no such work is queued. */
  | ({ readonly type: "work.begins" } & Work)
  /** To the handler. */
  | ({ readonly type: "work.runs" } & Work)
  /** To the queue. */
  | ({ readonly type: "work.done" } & Work);

/** The works that a worker may begin: each group of each device that could have one. */
export const workerSteps = (devices: readonly number[], groups: number): readonly Message[] =>
  devices.flatMap((device) => Array.from({ length: groups }, (_, group) => ({ type: "worker.begins", device, group })));

const s = setup({
  types: { context: {} as WorkerContext, events: {} as WorkerEvent, emitted: {} as WorkerEmits },
});

export const iopfWorker = s.createMachine({
  id: "iopf-worker",
  context: { work: null },
  initial: "idle",
  states: {
    idle: {
      on: {
        "worker.begins": {
          target: "working",
          actions: [
            assign({ work: ({ event: { device, group } }) => ({ device, group }) }),
            emit(({ event: { device, group } }) => ({ type: "work.begins", device, group })),
            emit(({ event: { device, group } }) => ({ type: "work.runs", device, group })),
          ],
        },
      },
    },
    working: {
      on: {
        "work.done": {
          guard: ({ context: { work }, event }) => work?.device === event.device && work.group === event.group,
          target: "idle",
          actions: [
            assign({ work: null }),
            emit(({ event: { device, group } }) => ({ type: "work.done", device, group })),
          ],
        },
      },
    },
  },
});
