/**
 * A thread that takes one fault report after the other, has the page resolved, and sends the response.
 *
 * Models  the frame of every handler of the RFC (VFIO facts 1.1: step F1 finds the container, step F12 sends the
 *         response), with a queue in place of the IOPF core. The response is a step of its own, after the handler has
 *         dropped iommu->lock.
 * Omits   groups, devices and the registration of a handler, which fault-worker.ts and rfc/ have.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type { FaultAnswer, FaultReport } from "../../../device/dma-slot.ts";
import { messages, proposal } from "../../../../said.ts";

export interface QueuedFaultWorkerContext {
  readonly name: string;
  readonly by: string | null;
  readonly code: "success" | "invalid";
}

export const queuedFaultWorkerSteps: readonly Message[] = [{ type: "worker.answers" }];

type QueuedFaultWorkerEmits =
  | {
      readonly type: "resolver.starts";
      readonly by: string;
      readonly pages: readonly number[];
      readonly write: boolean;
    }
  | FaultAnswer;

const s = setup({
  types: {
    context: {} as QueuedFaultWorkerContext,
    events: {} as
      | FaultReport
      | { readonly type: "resolver.done"; readonly code: "success" | "invalid" }
      | { readonly type: "worker.answers" },
    emitted: {} as QueuedFaultWorkerEmits,
    input: {} as { name: string },
  },
});

export const queuedFaultWorker = s.createMachine({
  id: "queued-fault-worker",
  description: "a VFIO fault handler behind a queue of reports",
  meta: {
    origin: proposal("a VFIO fault handler on a thread of its own"),
    lane: "a thread that serves page faults for VFIO",
    messages: messages<QueuedFaultWorkerEmits>({
      "resolver.starts": "has page(s) {pages} resolved",
      "fault.answered": "responds {code} to {by}",
    }),
  },
  context: ({ input }) => ({ name: input.name, by: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being served",
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
      description: "the page is being resolved",
      on: { "resolver.done": { target: "answering", actions: assign({ code: ({ event }) => event.code }) } },
    },
    answering: {
      description: "the page is resolved, and the response is still to be sent",
      on: {
        "worker.answers": {
          description: "responds {code} to {by}",
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
