/**
 * The memory of the page-request queue between hardware, which writes a record and the tail, and software, which reads them.
 *
 * Models  AMD errata 732 and 733 (hardware facts H30): the tail may be seen before the record. Software then reads what the
 *         slot held one lap before, unless it waits until the slot is not zero, and zeroes it after reading.
 * Omits   records of which a part is seen. A slot that was never written reads as zero, and nothing is done with it.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { PageRequest } from "../../units.ts";

export interface RecordMemoryInput {
  /** Slots of the queue. */
  readonly entries: number;
  /** Whether the tail can be seen before the record. */
  readonly late: boolean;
  /** Whether software waits for a record that is not zero, and zeroes it. */
  readonly polls: boolean;
}

export interface RecordMemoryContext extends RecordMemoryInput {
  /** What the last slots still hold, oldest first; kept only where somebody could read it. */
  readonly held: readonly PageRequest[];
  /** The record that the tail announces. */
  readonly announced: PageRequest | null;
  /** Ghost: software was given another record than the one announced. Never cleared. */
  readonly wrong: boolean;
}

export type RecordMemoryEmits = ({ readonly type: "record.read" } & PageRequest) | { readonly type: "record.blank" };

const s = setup({
  types: {
    context: {} as RecordMemoryContext,
    events: {} as
      | ({ readonly type: "prq.record" } & PageRequest)
      /** The write arrives. */
      | { readonly type: "record.lands" }
      /** Software reads before it arrived. */
      | { readonly type: "record.is-early" },
    emitted: {} as RecordMemoryEmits,
    input: {} as RecordMemoryInput,
  },
});

const recordOf = ({ type: _, ...record }: { readonly type: string } & PageRequest): PageRequest => record;
/** What the slot of the announced record held one lap before. */
const old = ({ held, entries }: RecordMemoryContext): PageRequest | undefined =>
  held.length === entries ? held[0] : undefined;
/** The slots after the record has landed. */
const written = ({ held, entries, late, polls }: RecordMemoryContext, record: PageRequest): readonly PageRequest[] =>
  late && !polls ? [...held, record].slice(-entries) : [];

export const recordMemory = s.createMachine({
  id: "record-memory",
  context: ({ input }) => ({ ...input, held: [], announced: null, wrong: false }),
  initial: "settled",
  states: {
    settled: {
      on: {
        "prq.record": [
          {
            guard: ({ context }) => context.late,
            target: "announced",
            actions: assign({ announced: ({ event }) => recordOf(event) }),
          },
          { actions: emit(({ event }) => ({ ...recordOf(event), type: "record.read" })) },
        ],
      },
    },
    announced: {
      on: {
        "record.lands": {
          target: "settled",
          actions: enqueueActions(({ context, enqueue }) => {
            enqueue.emit({ ...context.announced!, type: "record.read" });
            enqueue.assign({ held: written(context, context.announced!), announced: null });
          }),
        },
        "record.is-early": {
          guard: ({ context }) => !context.polls,
          target: "settled",
          actions: enqueueActions(({ context, enqueue }) => {
            const read = old(context);
            enqueue.assign({ held: written(context, context.announced!), announced: null, wrong: true });
            if (read) enqueue.emit({ ...read, type: "record.read" });
            else enqueue.emit({ type: "record.blank" });
          }),
        },
      },
    },
  },
});

export const recordMemorySteps: readonly Message[] = [{ type: "record.lands" }];
