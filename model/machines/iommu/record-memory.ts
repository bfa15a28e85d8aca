/**
 * The memory of the page request queue: hardware writes a record and then the tail, and software reads them.
 *
 * Models  AMD errata 732 and 733 (H30, the log entry becomes visible after the interrupt): software may see the tail before
 *         the record. It then reads the record that the slot held one lap before. The workaround waits until the slot is
 *         not zero, and zeroes it after reading.
 * Omits   records of which only a part is visible. A slot that was never written reads as zero, and software skips it.
 *         page-request-queue.ts has the queue itself: there a record is visible with its tail.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { clause, messages } from "../../said.ts";
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
  /** The old contents of the last slots, oldest first; kept only where software could read them. */
  readonly held: readonly PageRequest[];
  /** The record that the tail announces. */
  readonly announced: PageRequest | null;
  /** Ghost: software read another record than the one that the tail announces. Never cleared. */
  readonly wrong: boolean;
}

export type RecordMemoryEmits = ({ readonly type: "record.read" } & PageRequest) | { readonly type: "record.blank" };

const s = setup({
  types: {
    context: {} as RecordMemoryContext,
    events: {} as
      | ({ readonly type: "prq.record" } & PageRequest)
      /** The write of the record becomes visible. */
      | { readonly type: "record.lands" }
      /** Software reads before the write is visible. */
      | { readonly type: "record.is-early" },
    emitted: {} as RecordMemoryEmits,
    input: {} as RecordMemoryInput,
  },
});

const recordOf = ({ type: _, ...record }: { readonly type: string } & PageRequest): PageRequest => record;
/** The record that the slot held one lap before. */
const old = ({ held, entries }: RecordMemoryContext): PageRequest | undefined =>
  held.length === entries ? held[0] : undefined;
/** The slots after the record has landed. */
const written = ({ held, entries, late, polls }: RecordMemoryContext, record: PageRequest): readonly PageRequest[] =>
  late && !polls ? [...held, record].slice(-entries) : [];

export const recordMemory = s.createMachine({
  id: "record-memory",
  description: "the memory of the page request queue",
  meta: {
    origin: clause("amd", "errata 732 and 733"),
    lane: "the memory of the page request queue",
    messages: messages<RecordMemoryEmits>({
      "record.read": "gives software the record of page {page}, group {prgi} of device {device}",
      "record.blank": "gives software a slot that reads as zero",
    }),
  },
  context: ({ input }) => ({ ...input, held: [], announced: null, wrong: false }),
  initial: "settled",
  states: {
    settled: {
      description: "every record that the tail announces is visible",
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
      description: "the tail announces a record that is not visible yet",
      on: {
        "record.lands": {
          description: "makes the record of page {announced.page}, group {announced.prgi} visible",
          target: "settled",
          actions: enqueueActions(({ context, enqueue }) => {
            enqueue.emit({ ...context.announced!, type: "record.read" });
            enqueue.assign({ held: written(context, context.announced!), announced: null });
          }),
        },
        "record.is-early": {
          description: "lets software read the slot before the record is visible",
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
