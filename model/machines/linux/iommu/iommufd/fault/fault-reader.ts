/**
 * A thread of user space that polls the file of a fault queue, and reads from it: inside read(2) it is a thread of the
 * kernel, which takes group after group from the deliver list and copies it to a buffer of the user.
 *
 * Models  Linux drivers/iommu/iommufd/fault.c: iommufd_fault_fops_read() and _poll() (iopf-core 3.2): the mutex of the
 *         queue is held throughout; a group that does not fit goes back; each record is copied on its own, and the copy
 *         may fail, or have to wait for a page of the buffer. What was posted before the fixes of 2026 are knobs: bytes
 *         counted for each record (B14), a loop that goes on after a failed copy (B15), a silent end where the first
 *         group does not fit (B16).
 * Omits   counts that are no multiple of a record (ESPIPE, before anything is looked at), signals. Failure of xa_alloc(),
 *         for which the group goes back to the head of the list and the read ends, as for a copy that fails, but with
 *         -ENOMEM. Taking a group off the list, seeing whether it fits, putting it back if not and giving it a cookie are
 *         one step: who else changes the list or the cookies holds the mutex, or adds at the tail. A poll(2) between them,
 *         which takes the spinlock only, would find the list empty; between a group's fetch and a failed copy it may here.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface FaultReaderRules {
  /** What counts as read: records of groups that were copied whole, or each record as it is copied. */
  readonly counts: "groups" | "records";
  /** After a copy that failed: end, or try the next group, which is the same one. */
  readonly onCopyFailure: "ends" | "retries";
  /** Where in the deliver list a group goes whose copy failed (I24). */
  readonly restoresAt: "head" | "tail";
  /** What a buffer gets that is too small for the first group. */
  readonly tooSmall: "einval" | "zero";
}

export interface Told {
  readonly cookie: number;
  readonly page: number;
}

export interface FaultReaderContext {
  readonly name: string;
  readonly rules: FaultReaderRules;
  readonly queue: number | null;
  /** Records that the buffer holds. */
  readonly room: number;
  /** The group in hand, and how many of its records are copied. */
  readonly cookie: number;
  readonly pages: readonly number[];
  readonly copied: number;
  /** The page of the buffer for the next record has been paged in. */
  readonly present: boolean;
  /** Records of groups that are copied whole. */
  readonly whole: readonly Told[];
  /** What the count says, in records. */
  readonly counted: number;
  readonly result: "bytes" | "einval" | "efault";
  /** A group was there that did not fit, as the first one. */
  readonly tooBig: boolean;
}

export type FaultReaderEmits =
  | { readonly type: "file.gets" | "file.puts" | "deliver.keeps"; readonly queue: number }
  | { readonly type: "deliver.restores"; readonly queue: number; readonly at: "head" | "tail" }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | { readonly type: "deliver.looks"; readonly queue: number; readonly by: string }
  | { readonly type: "deliver.fetches"; readonly queue: number; readonly by: string; readonly room: number }
  | { readonly type: "paging.requests" }
  | { readonly type: "read.returns"; readonly queue: number; readonly groups: readonly Told[] };

/** What it does on its own inside the kernel. */
export const faultReaderSteps: readonly Message[] = ["locks", "fetches", "copies", "unlocks"].map((step) => ({
  type: `reader.${step}`,
}));

const s = setup({
  types: {
    context: {} as FaultReaderContext,
    events: {} as
      | { readonly type: "reader.reads"; readonly queue: number; readonly room: number }
      | { readonly type: "reader.polls"; readonly queue: number }
      | { readonly type: "reader.locks" | "reader.fetches" | "reader.copies" | "reader.unlocks" }
      /** The buffer is not mapped; a page of it has to be paged in. */
      | { readonly type: "reader.fails" | "reader.faults" }
      | { readonly type: "paging.done" }
      | { readonly type: "queue.wakes"; readonly queue: number }
      | { readonly type: "deliver.seen"; readonly empty: boolean }
      | {
          readonly type: "deliver.fetched";
          readonly outcome: "group" | "empty" | "too-big";
          readonly cookie: number;
          readonly pages: readonly number[];
        },
    emitted: {} as FaultReaderEmits,
    input: {} as { name: string; rules: FaultReaderRules },
  },
  guards: {
    isLastRecord: ({ context }) => context.copied === context.pages.length - 1,
    goesOn: ({ context }) => context.rules.onCopyFailure === "retries",
  },
});

const NONE = {
  room: 0,
  cookie: 0,
  pages: [],
  copied: 0,
  present: false,
  whole: [],
  counted: 0,
  result: "bytes",
  tooBig: false,
} as const;

const named = ({ context }: { context: FaultReaderContext }) => ({ queue: context.queue!, by: context.name });

/** The record in hand is copied; with the last one the group is the user's. */
const copies = s.enqueueActions(({ context, enqueue }) => {
  const { rules, pages, copied, cookie, whole, counted } = context;
  const isWhole = copied === pages.length - 1;
  if (rules.counts === "records") enqueue.assign({ counted: counted + 1 });
  enqueue.assign({ copied: copied + 1, present: false });
  if (!isWhole) return;
  if (rules.counts === "groups") enqueue.assign({ counted: counted + pages.length });
  const told = pages.map((page) => ({ cookie, page }));
  enqueue.assign({ whole: [...whole, ...told], cookie: 0, pages: [], copied: 0 });
  enqueue.emit({ type: "deliver.keeps", queue: context.queue! });
});
const restores = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ cookie: 0, pages: [], copied: 0, present: false });
  if (context.rules.onCopyFailure === "ends") enqueue.assign({ result: context.counted > 0 ? "bytes" : "efault" });
  enqueue.emit({ type: "deliver.restores", queue: context.queue!, at: context.rules.restoresAt });
});
const refuses = s.enqueueActions(({ context, enqueue }) => {
  if (context.counted > 0) return;
  enqueue.assign({ tooBig: true, result: context.rules.tooSmall === "einval" ? "einval" : "bytes" });
});
const returns = s.enqueueActions(({ context, enqueue }) => {
  const queue = context.queue!;
  enqueue.emit({ type: "lock.releases", owner: context.name, queue });
  enqueue.emit({ type: "file.puts", queue });
  enqueue.emit({ type: "read.returns", queue, groups: context.whole });
  enqueue.assign({ ...NONE, queue: null });
});

export const faultReader = s.extend({ actions: { copies, restores, refuses, returns } }).createMachine({
  id: "fault-reader",
  context: ({ input }) => ({ ...input, ...NONE, queue: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "reader.reads": {
          target: "locking",
          actions: [
            assign({ queue: ({ event }) => event.queue, room: ({ event }) => event.room }),
            emit(({ event }) => ({ type: "file.gets", queue: event.queue })),
          ],
        },
        "reader.polls": {
          actions: [
            assign({ queue: ({ event }) => event.queue }),
            emit(({ context, event }) => ({ type: "deliver.looks", queue: event.queue, by: context.name })),
          ],
        },
        "deliver.seen": [{ guard: ({ event }) => event.empty, target: "asleep" }, { actions: assign({ queue: null }) }],
      },
    },
    /** In poll(2), on the wait queue; a signal may end that. */
    asleep: {
      on: {
        "queue.wakes": {
          guard: ({ context, event }) => context.queue === event.queue,
          target: "idle",
          actions: assign({ queue: null }),
        },
      },
    },
    locking: {
      on: {
        "reader.locks": {
          target: "fetching",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name, queue: context.queue! })),
        },
      },
    },
    fetching: {
      on: {
        "reader.fetches": {
          actions: emit((it) => ({
            type: "deliver.fetches",
            ...named(it),
            room: it.context.room - it.context.counted,
          })),
        },
        "deliver.fetched": [
          {
            guard: ({ event }) => event.outcome === "group",
            target: "copying",
            actions: assign({ cookie: ({ event }) => event.cookie, pages: ({ event }) => event.pages }),
          },
          { guard: ({ event }) => event.outcome === "empty", target: "unlocking" },
          { target: "unlocking", actions: "refuses" },
        ],
      },
    },
    /** In copy_to_user(), with the mutex. */
    copying: {
      on: {
        "reader.copies": [{ guard: "isLastRecord", target: "fetching", actions: "copies" }, { actions: "copies" }],
        "reader.fails": [
          { guard: "goesOn", target: "fetching", actions: "restores" },
          { target: "unlocking", actions: "restores" },
        ],
        "reader.faults": {
          guard: ({ context }) => !context.present,
          target: "paging",
          actions: emit({ type: "paging.requests" }),
        },
      },
    },
    paging: { on: { "paging.done": { target: "copying", actions: assign({ present: true }) } } },
    unlocking: { on: { "reader.unlocks": { target: "idle", actions: "returns" } } },
  },
  on: { "queue.wakes": {} },
});
