/**
 * The event log of an accelerator and the thread that goes through it.
 *
 * Models  idxd in Linux 6.12 and 7.3, irq.c: process_evl_entries() goes through the log with evl->lock held, and queues the copy
 *         of each record on the workqueue of its work queue; what idxd_cdev_evl_drain_pasid() has marked in evl->bmap is passed
 *         over.
 * Omits   The end of the log, overflow, batches, and a copy that finds no memory.
 */
import { assign, emit, setup } from "xstate";
import { mutexSays } from "../../lib/mutex.ts";
import { linux612, messages } from "../../../../said.ts";
import type { Sent } from "../../../device/shared-engine.ts";

export interface LogEntry extends Sent {
  /** Its bit in evl->bmap is set: it is passed over. */
  readonly marked: boolean;
}

export interface EventLogContext {
  /** Between head and tail. */
  readonly entries: readonly LogEntry[];
  /** How many of them the thread has still to go through: those before the tail that it has read. */
  readonly left: number;
}

/** evl->lock. */
export const LOG_LOCK = "log-lock";
const OWNER = "log-thread";

type Locking = { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string };
export type EventLogEmits = Locking | ({ readonly type: "copy.is-queued" } & Sent);

const s = setup({
  types: {
    context: {} as EventLogContext,
    events: {} as
      | ({ readonly type: "log.is-written" } & Sent)
      | { readonly type: "log.steps" }
      | { readonly type: "log.is-marked"; readonly queue: number },
    emitted: {} as EventLogEmits,
  },
});

const passes = s.assign({
  entries: ({ context }) => context.entries.slice(1),
  left: ({ context }) => context.left - 1,
});

const IRQ = "drivers/dma/idxd/irq.c";

export const eventLog = s.createMachine({
  id: "event-log",
  description: "the event log of an accelerator, and the thread that goes through it",
  meta: {
    origin: linux612(IRQ, "process_evl_entries"),
    lane: "the thread of the event log",
    messages: {
      ...mutexSays("evl->lock"),
      ...messages<Exclude<EventLogEmits, Locking>>({
        "copy.is-queued": {
          says: "queues the copy of a record of queue {queue}",
          origin: linux612(IRQ, "process_evl_entry"),
        },
      }),
    },
  },
  context: { entries: [], left: 0 },
  initial: "waiting",
  states: {
    waiting: {
      description: "waits for an interrupt",
      on: {
        "log.steps": {
          description: "takes evl->lock, and reads head and tail",
          guard: ({ context: { entries } }) => entries.length > 0,
          target: "going",
          actions: [
            s.emit({ type: "lock.acquires", lock: LOG_LOCK, owner: OWNER }),
            assign({ left: ({ context }) => context.entries.length }),
          ],
        },
      },
    },
    going: {
      description: "goes through the log",
      on: {
        "log.steps": [
          {
            description: "drops evl->lock after the last entry",
            guard: ({ context: { left } }) => left === 0,
            target: "waiting",
            actions: s.emit({ type: "lock.releases", lock: LOG_LOCK, owner: OWNER }),
          },
          {
            description: "passes over an entry that is marked",
            guard: ({ context: { entries } }) => entries[0]!.marked,
            actions: passes,
          },
          {
            description: "queues the copy of the next record",
            actions: [
              emit(({ context: { entries } }) => {
                const { queue, life } = entries[0]!;
                return { type: "copy.is-queued", queue, life };
              }),
              passes,
            ],
          },
        ],
      },
    },
  },
  on: {
    "log.is-written": {
      actions: assign({
        entries: ({ context, event: { queue, life } }) => [...context.entries, { queue, life, marked: false }],
      }),
    },
    "log.is-marked": {
      meta: { origin: linux612("drivers/dma/idxd/cdev.c", "idxd_cdev_evl_drain_pasid") },
      actions: assign({
        entries: ({ context: { entries }, event }) =>
          entries.map((one) => (one.queue === event.queue ? { ...one, marked: true } : one)),
      }),
    },
  },
});
