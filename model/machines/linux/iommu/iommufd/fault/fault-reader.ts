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
 *         A buffer of other than whole records gives ESPIPE before anything else. xa_alloc() may have no memory for a node,
 *         where it needs one: the group goes back to the head of the list and the read ends.
 * Omits   Signals.
 *         Taking a group off the list, checking that it fits, putting it back if it does not, and giving it a cookie are one
 *         step: all others that change the list or the cookies hold the mutex, or add at the tail. A poll(2) in between
 *         takes only the spinlock and would find the list empty; here it may find it empty between the fetch of a group
 *         and its failed copy.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612 } from "../../../../../said.ts";
import { EFAULT, EINVAL, ENOMEM, ESPIPE, OK } from "../../../include/iommu.ts";
import {
  readerSays,
  type FaultReaderContext,
  type FaultReaderEmits,
  type FaultReaderEvent,
  type FaultReaderRules,
} from "./fault-reader-messages.ts";

export { faultReaderSteps } from "./fault-reader-messages.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";

/** sizeof(struct iommu_hwpt_pgfault) */
const RECORD = 40;

const s = setup({
  types: {
    context: {} as FaultReaderContext,
    events: {} as FaultReaderEvent,
    emitted: {} as FaultReaderEmits,
    input: {} as { name: string; rules: FaultReaderRules },
  },
  guards: {
    isLastRecord: ({ context }) => context.copied === context.faults.length - 1,
    isRagged: ({ event }) => event.type === "reader.reads" && "bytes" in event && event.bytes % RECORD !== 0,
    goesOn: ({ context }) => context.rules.onCopyFailure === "retries",
  },
});

const NONE = {
  room: 0,
  cookie: 0,
  idev: null,
  faults: [],
  copied: 0,
  present: false,
  whole: [],
  counted: 0,
  error: OK,
  tooBig: false,
  sleeps: true,
} as const;

const named = ({ context }: { context: FaultReaderContext }) => ({ queue: context.queue!, by: context.name });

/** Copies the record in hand; after the last one the group is outstanding. */
const copies = s.enqueueActions(({ context, enqueue }) => {
  const { rules, faults, copied, cookie, idev, whole, counted } = context;
  const isWhole = copied === faults.length - 1;
  if (rules.counts === "records") enqueue.assign({ counted: counted + 1 });
  enqueue.assign({ copied: copied + 1, present: false });
  if (!isWhole) return;
  if (rules.counts === "groups") enqueue.assign({ counted: counted + faults.length });
  const told = faults.map((fault) => ({ cookie, idev, fault }));
  enqueue.assign({ whole: [...whole, ...told], cookie: 0, idev: null, faults: [], copied: 0 });
  enqueue.emit({ type: "deliver.keeps", queue: context.queue! });
});
const restores = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "copy.fails" });
  enqueue.assign({ cookie: 0, idev: null, faults: [], copied: 0, present: false });
  if (context.rules.onCopyFailure === "ends") enqueue.assign({ error: EFAULT });
  enqueue.emit({ type: "deliver.restores", queue: context.queue!, at: context.rules.restoresAt });
});
const refuses = s.enqueueActions(({ context, enqueue }) => {
  if (context.counted > 0) return;
  enqueue.assign({ tooBig: true, error: context.rules.tooSmall === "einval" ? EINVAL : OK });
});
const returns = s.enqueueActions(({ context, enqueue }) => {
  const { counted, error, whole } = context;
  const queue = context.queue!;
  enqueue.emit({ type: "lock.releases", owner: context.name, queue });
  enqueue.emit({ type: "file.puts", queue });
  enqueue.emit({ type: "read.returns", queue, result: counted > 0 ? counted : error, groups: whole });
  enqueue.assign({ ...NONE, queue: null });
});

export const faultReader = s.extend({ actions: { copies, restores, refuses, returns } }).createMachine({
  id: "fault-reader",
  description: "a thread that reads a fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_read"),
    lane: "{name}: a thread that reads the fault queue",
    messages: readerSays,
  },
  context: ({ input }) => ({ ...input, ...NONE, queue: null }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "reader.reads": [
          {
            description: "calls read() on queue {queue} with {bytes} bytes, which are no whole records",
            guard: "isRagged",
            actions: emit(({ event }) => ({ type: "read.returns", queue: event.queue, result: ESPIPE, groups: [] })),
          },
          {
            description: "calls read() on queue {queue} with room for {room} records",
            target: "locking",
            actions: [
              assign(({ event }) => ({
                queue: event.queue,
                room: "bytes" in event ? event.bytes / RECORD : event.room,
              })),
              emit(({ event }) => ({ type: "file.gets", queue: event.queue })),
            ],
          },
        ],
        "reader.polls": {
          description: "calls poll() on queue {queue}",
          actions: [
            assign(({ event: { queue, sleeps } }) => ({ queue, sleeps: sleeps ?? true })),
            emit(({ context, event }) => ({ type: "deliver.looks", queue: event.queue, by: context.name })),
          ],
        },
        "deliver.seen": [
          { guard: ({ context, event }) => event.empty && context.sleeps, target: "asleep" },
          {
            actions: [
              emit(({ context, event }) => ({
                type: "poll.returns",
                queue: context.queue!,
                in: !event.empty,
                out: true,
              })),
              assign({ queue: null, sleeps: true }),
            ],
          },
        ],
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
            ...(it.event.ok === false ? { memory: "none" as const } : {}),
          })),
        },
        "deliver.fetched": [
          {
            guard: ({ event }) => event.outcome === "group",
            target: "copying",
            actions: assign(({ event: { cookie, idev, faults } }) => ({ cookie, idev, faults })),
          },
          { guard: ({ event }) => event.outcome === "empty", target: "unlocking" },
          {
            guard: ({ event }) => event.outcome === "no-memory",
            target: "unlocking",
            actions: assign({ error: ENOMEM }),
          },
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
