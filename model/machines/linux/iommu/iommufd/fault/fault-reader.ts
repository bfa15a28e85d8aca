/**
 * A thread of user space that polls the file of a fault queue and reads from it. Inside read(2) it is a thread of the
 * kernel, which takes group after group off the deliver list and copies each to the buffer of the user.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_fops_read() and iommufd_fault_fops_poll() (iopf-core
 *         3.2). The mutex of the queue is held throughout; a group that does not fit goes back to the list; each record
 *         is copied on its own, and the copy may fail or wait until a page of the buffer is paged in. Behaviour before the
 *         fixes of 2026 is a knob: bytes counted for each record (B14: a partial group is counted), a loop that continues
 *         after a failed copy (B15), a read that returns 0 where the first group does not fit (B16).
 *         Finer than vmm/record-reader.ts, which reads one record and has its fields.
 * Omits   Counts that are no multiple of a record (ESPIPE before anything else). Signals.
 *         A failure of xa_alloc(): the group goes back to the head of the list and the read ends, as after a failed copy,
 *         but with -ENOMEM.
 *         Taking a group off the list, checking that it fits, putting it back if it does not, and giving it a cookie are one
 *         step: all others that change the list or the cookies hold the mutex, or add at the tail. A poll(2) in between
 *         takes only the spinlock and would find the list empty; here it may find it empty between the fetch of a group
 *         and its failed copy.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";

export interface FaultReaderRules {
  /** What the return value counts: records of whole groups, or each record as it is copied. */
  readonly counts: "groups" | "records";
  /** After a failed copy: read() ends, or fetches the next group, which is the same one. */
  readonly onCopyFailure: "ends" | "retries";
  /** Where in the deliver list a group goes whose copy failed; I24 (reads keep the order). */
  readonly restoresAt: "head" | "tail";
  /** What read() returns if the first group does not fit. */
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
  /** The return value so far, in records. */
  readonly counted: number;
  readonly result: "bytes" | "einval" | "efault";
  /** The first group did not fit. */
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

/** Its spontaneous steps inside the kernel. */
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

/** Copies the record in hand; after the last one the group is outstanding. */
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
  description: "a thread that reads a fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_read"),
    lane: "{name}: a thread that reads the fault queue",
    messages: messages<FaultReaderEmits>({
      "file.gets": "enters read() on the file of queue {queue}",
      "file.puts": "leaves read() on the file of queue {queue}",
      "deliver.keeps": "has copied the whole group",
      "deliver.restores": {
        says: "puts the group back at the {at} of the deliver list",
        origin: linux612(PRIVATE, "iommufd_fault_deliver_restore"),
      },
      "lock.acquires": "takes the mutex of queue {queue}",
      "lock.releases": "drops the mutex of queue {queue}",
      "deliver.looks": {
        says: "looks whether the deliver list is empty",
        origin: linux612(FAULT, "iommufd_fault_fops_poll"),
      },
      "deliver.fetches": {
        says: "fetches the next group, if {room} records fit",
        origin: linux612(PRIVATE, "iommufd_fault_deliver_fetch"),
      },
      "paging.requests": { says: "faults on a page of the buffer", origin: linux612("mm/memory.c", "handle_mm_fault") },
      "read.returns": "returns to user space",
    }),
  },
  context: ({ input }) => ({ ...input, ...NONE, queue: null }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "reader.reads": {
          description: "calls read() on queue {queue} with room for {room} records",
          target: "locking",
          actions: [
            assign({ queue: ({ event }) => event.queue, room: ({ event }) => event.room }),
            emit(({ event }) => ({ type: "file.gets", queue: event.queue })),
          ],
        },
        "reader.polls": {
          description: "calls poll() on queue {queue}",
          actions: [
            assign({ queue: ({ event }) => event.queue }),
            emit(({ context, event }) => ({ type: "deliver.looks", queue: event.queue, by: context.name })),
          ],
        },
        "deliver.seen": [{ guard: ({ event }) => event.empty, target: "asleep" }, { actions: assign({ queue: null }) }],
      },
    },
    asleep: {
      description: "sleeps in poll(2) until the queue has a group",
      on: {
        "queue.wakes": {
          guard: ({ context, event }) => context.queue === event.queue,
          target: "idle",
          actions: assign({ queue: null }),
        },
      },
    },
    locking: {
      description: "the mutex of the queue is to be taken",
      on: {
        "reader.locks": {
          description: "takes the mutex of queue {queue}",
          target: "fetching",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name, queue: context.queue! })),
        },
      },
    },
    fetching: {
      description: "the next group is to be fetched",
      on: {
        "reader.fetches": {
          description: "fetches the next group",
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
    copying: {
      description: "in copy_to_user(), with the mutex held",
      on: {
        "reader.copies": [
          {
            description: "copies a record of cookie {cookie} to user space",
            guard: "isLastRecord",
            target: "fetching",
            actions: "copies",
          },
          { actions: "copies" },
        ],
        "reader.fails": [
          {
            description: "fails to copy to user space, and puts the group back",
            guard: "goesOn",
            target: "fetching",
            actions: "restores",
          },
          { target: "unlocking", actions: "restores" },
        ],
        "reader.faults": {
          description: "faults on a page of the user's buffer",
          guard: ({ context }) => !context.present,
          target: "paging",
          actions: emit({ type: "paging.requests" }),
        },
      },
    },
    paging: {
      description: "waits until a page of the buffer is paged in, with the mutex held",
      on: { "paging.done": { target: "copying", actions: assign({ present: true }) } },
    },
    unlocking: {
      description: "the mutex of the queue is to be dropped",
      on: {
        "reader.unlocks": {
          description: "drops the mutex and returns to user space",
          target: "idle",
          actions: "returns",
        },
      },
    },
  },
  on: { "queue.wakes": {} },
});
