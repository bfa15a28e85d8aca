/**
 * One engine that takes the descriptors of several work queues, one after the other, and tells of the end by a record in memory.
 *
 * Models  Intel DSA: an engine of a group serves all its work queues. If the page of a
 *         completion record is not there, the record goes to the event log. If a page of the buffer is not there, the engine
 *         waits for the page response where the queue has Block On Fault, and else ends the descriptor with a fault.
 * Omits   Batches, priorities, and what is done with the buffer.
 */
import { assign, emit, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";
import { HANGS } from "./hanging-queue.ts";

/** What a process has sent: to which queue, and in which of its lives. */
export interface Sent {
  readonly queue: number;
  readonly life: number;
}

export interface SharedEngineContext {
  readonly blocksOnFault: boolean;
  /** Descriptors that no engine has begun, in their order. */
  readonly waiting: readonly Sent[];
  readonly running: Sent | null;
}

export type SharedEngineEmits =
  | ({ readonly type: "log.is-written" } & Sent)
  | ({ readonly type: "record.is-written"; readonly part: "all" } & Sent)
  | { readonly type: "engine.tells"; readonly queue: number; readonly drained: boolean };

const s = setup({
  types: {
    context: {} as SharedEngineContext,
    events: {} as
      | ({ readonly type: "descriptor.is-sent" } & Sent)
      | { readonly type: "engine.begins" | "engine.completes" | "engine.logs" | "engine.faults" | "page.comes" }
      | { readonly type: "engine.is-asked"; readonly queue: number },
    emitted: {} as SharedEngineEmits,
    input: {} as { readonly blocksOnFault: boolean },
  },
});

const ended = s.assign({ running: null });

export const sharedEngine = s.createMachine({
  id: "shared-engine",
  description: "an engine that serves several work queues",
  meta: {
    origin: clause("dsa", "Block On Fault, completion records and the event log"),
    lane: "the engine of the accelerator",
    messages: messages<SharedEngineEmits>({
      "log.is-written": "writes the record of queue {queue} to the event log",
      "record.is-written": "writes the record to the memory of the process of queue {queue}",
      "engine.tells": "{drained?has:has not} completed all descriptors of queue {queue}",
    }),
  },
  context: ({ input: { blocksOnFault } }) => ({ blocksOnFault, waiting: [], running: null }),
  initial: "idle",
  states: {
    idle: {
      description: "runs no descriptor",
      on: {
        "engine.begins": {
          description: "begins the next descriptor",
          guard: ({ context: { waiting } }) => waiting.length > 0,
          target: "running",
          actions: assign(({ context: { waiting } }) => ({ waiting: waiting.slice(1), running: waiting[0]! })),
        },
      },
    },
    running: {
      description: "runs a descriptor",
      on: {
        "engine.completes": {
          description: "completes the descriptor; the page of its record is there",
          target: "idle",
          actions: [emit(({ context }) => ({ type: "record.is-written", part: "all", ...context.running! })), ended],
        },
        "engine.logs": {
          description: "completes the descriptor; the page of its record is not there",
          target: "idle",
          actions: [emit(({ context }) => ({ type: "log.is-written", ...context.running! })), ended],
        },
        "engine.faults": {
          description: "faults on a page of the buffer",
          guard: ({ context: { blocksOnFault, running } }) => blocksOnFault && running?.queue === HANGS,
          target: "blocked",
        },
      },
    },
    blocked: {
      description: "waits for a page response",
      on: {
        "page.comes": {
          description: "gets the page response",
          meta: { origin: atWill("whoever has the page") },
          target: "running",
        },
      },
    },
  },
  on: {
    "descriptor.is-sent": {
      actions: assign({ waiting: ({ context, event: { queue, life } }) => [...context.waiting, { queue, life }] }),
    },
    "engine.is-asked": {
      actions: emit(({ context: { waiting, running }, event: { queue } }) => ({
        type: "engine.tells",
        queue,
        drained: running?.queue !== queue && waiting.every((one) => one.queue !== queue),
      })),
    },
  },
});
