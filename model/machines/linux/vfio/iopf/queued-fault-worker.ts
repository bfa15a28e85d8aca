/**
 * A thread that takes one report of a fault after the other out of a queue, lets the page be resolved, and answers.
 *
 * Models  what all handlers of VFIO facts 1.1 have around them (F1, F12), with a queue in place of the IOPF core: the
 *         answer is a step of its own, after the lock was dropped.
 * Omits   groups, devices, and who registers a handler: other systems have them.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { FaultAnswer, FaultReport } from "../../../device/dma-slot.ts";

export interface QueuedFaultWorkerContext {
  readonly name: string;
  readonly by: string | null;
  readonly code: "success" | "invalid";
}

export const queuedFaultWorkerSteps: readonly Message[] = [{ type: "worker.answers" }];

const s = setup({
  types: {
    context: {} as QueuedFaultWorkerContext,
    events: {} as
      | FaultReport
      | { readonly type: "resolver.done"; readonly code: "success" | "invalid" }
      | { readonly type: "worker.answers" },
    emitted: {} as
      | {
          readonly type: "resolver.starts";
          readonly by: string;
          readonly pages: readonly number[];
          readonly write: boolean;
        }
      | FaultAnswer,
    input: {} as { name: string },
  },
});

export const queuedFaultWorker = s.createMachine({
  id: "queued-fault-worker",
  context: ({ input }) => ({ name: input.name, by: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "fault.reports": {
          target: "resolving",
          actions: [
            assign({ by: ({ event }) => event.by }),
            emit(({ context, event: { page, write } }) => ({
              type: "resolver.starts",
              by: context.name,
              pages: [page],
              write,
            })),
          ],
        },
      },
    },
    resolving: {
      on: { "resolver.done": { target: "answering", actions: assign({ code: ({ event }) => event.code }) } },
    },
    answering: {
      on: {
        "worker.answers": {
          target: "idle",
          actions: [
            emit(({ context: { by, code } }) => ({ type: "fault.answered", by: by!, code })),
            assign({ by: null, code: "success" }),
          ],
        },
      },
    },
  },
});
