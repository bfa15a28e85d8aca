/**
 * One worker thread of the IOPF workqueue: it begins any queued work and calls the work function, which is the handler's.
 * `work.done` says that the function has returned. A system has as many workers as works may run at once.
 *
 * Models  Linux 6.12, kernel/workqueue.c: process_one_work() as io-pgfault.c uses it (WQ_UNBOUND), with the work function
 *         that the handler has set by INIT_WORK() (iopf-core 1.4).
 * Omits   the work function: the handler's machine has it.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux612, messages } from "../../../../../said.ts";
import type { Work } from "./iopf-queue-messages.ts";

export type WorkerContext = { readonly work: Work | null };

export type WorkerEvent =
  | ({ readonly type: "worker.begins" } & Work)
  /** From the handler: the work function has returned. */
  | ({ readonly type: "work.done" } & Work);

export type WorkerEmits =
  /** To the queue, which refuses it unless this work is queued. */
  | ({ readonly type: "work.begins" } & Work)
  /** To the handler. */
  | ({ readonly type: "work.runs" } & Work)
  /** To the queue. */
  | ({ readonly type: "work.done" } & Work);

/** The works that a worker may begin: one for each group id of each device. */
export const workerSteps = (devices: readonly number[], groups: number): readonly Message[] =>
  devices.flatMap((device) => Array.from({ length: groups }, (_, group) => ({ type: "worker.begins", device, group })));

const s = setup({
  types: { context: {} as WorkerContext, events: {} as WorkerEvent, emitted: {} as WorkerEmits },
});

export const iopfWorker = s.createMachine({
  id: "iopf-worker",
  description: "a worker of the IOPF workqueue",
  meta: {
    origin: linux612("kernel/workqueue.c", "process_one_work"),
    lane: "a worker of the IOPF workqueue",
    messages: messages<WorkerEmits>({
      "work.begins": "takes the work of group {group} off the workqueue",
      "work.runs": "calls the work function of group {group}",
      "work.done": "returns from the work function of group {group}",
    }),
  },
  context: { work: null },
  initial: "idle",
  states: {
    idle: {
      description: "runs no work",
      on: {
        "worker.begins": {
          description: "begins the work of group {group} of device {device}",
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
      description: "is inside the work function of a group",
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
