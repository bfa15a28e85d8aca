/**
 * The fault object of iommufd: the deliver list, the groups that user space has read and not yet answered, by cookie, and
 * the references that keep the object alive. Every event is one critical section: of the spinlock of the deliver list, or of
 * the mutex that the caller holds over several of them.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c (iopf-core 3.1, 3.2): struct iommufd_fault with `deliver` and `response`
 *         (XA_FLAGS_ALLOC1: the lowest free cookie is taken; D10: a cookie is used again), the references of its file and
 *         of HWPTs, read, write, poll and release of the file, iommufd_auto_response_faults(), iommufd_fault_destroy().
 *         In Linux a group that is being read is on no list; here it stays in place and is marked.
 *         An entry whose attach handle was freed is marked (I12: no group names a freed attach handle). An entry whose group
 *         the IOPF core has freed is removed, and that it was a pointer to freed memory is remembered (I11: nothing is
 *         touched after it was freed).
 *         Coarser than linux/iommu/iommufd/object/iommufd-object.ts in its life: it leaves out the table of IDs and the
 *         count of short-term users.
 * Omits   Fields of a record other than cookie and address. Running out of cookies.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";
import type { QueueHandler } from "./fault-handler.ts";
import type { FaultQueueEmits, FaultQueueEvent } from "./fault-queue-messages.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";

export type Entry = {
  readonly group: number;
  /** The HWPT whose attach handle the group names. */
  readonly hwpt: number;
  /** Addresses, one for each record. */
  readonly pages: readonly number[];
  readonly place: "delivered" | "reading" | "outstanding";
  /** From 1; null while delivered. */
  readonly cookie: number | null;
  readonly dangling: boolean;
};

export interface FaultQueueContext {
  readonly queue: number;
  /** First the deliver list in order, then the groups with a cookie, by cookie. */
  readonly entries: readonly Entry[];
  /** Ghost: groups that were neither read nor answered, in order of arrival. */
  readonly arrived: readonly number[];
  /** Ghost: a read took another group than the oldest, against I24 (reads keep the order). Never cleared. */
  readonly outOfOrder: boolean;
  /** Its file: open; in release() with its reference to the object; in release() without it; gone. */
  readonly file: "open" | "closing" | "dropped" | "none";
  /** Hardware page tables that name it. */
  readonly hwpts: number;
  /** Calls of read() and write() in progress. */
  readonly calls: number;
  /** An entry named a group that was freed. Never cleared. */
  readonly lostGroup: boolean;
  /** The object was used after it was freed. Never cleared. */
  readonly useAfterFree: boolean;
}

const ordered = (entries: readonly Entry[]): readonly Entry[] => [
  ...entries.filter(({ cookie }) => cookie === null),
  ...entries.filter(({ cookie }) => cookie !== null).sort((a, b) => a.cookie! - b.cookie!),
];

function lowestFree(entries: readonly Entry[]): number {
  let cookie = 1;
  while (entries.some((entry) => entry.cookie === cookie)) cookie += 1;
  return cookie;
}

/** Without a file and without an HWPT that refers to it; otherwise destroying it fails with EBUSY. */
const isUnused = ({ file, hwpts }: FaultQueueContext): boolean =>
  (file === "dropped" || file === "none") && hwpts === 0;
const head = ({ entries }: FaultQueueContext): Entry | undefined => entries.find(({ place }) => place === "delivered");
const without = (entries: readonly Entry[], gone: Entry | undefined): readonly Entry[] =>
  entries.filter((entry) => entry !== gone);
const handedOver = (group: number | undefined, { arrived }: FaultQueueContext): Partial<FaultQueueContext> => ({
  arrived: arrived.filter((one) => one !== group),
});
/** The copy failed: the group goes back to the list, and its cookie is erased. A freed group is a use after free. */
function restored({ entries }: FaultQueueContext, at: "head" | "tail"): Partial<FaultQueueContext> {
  const found = entries.find(({ place }) => place === "reading");
  if (!found) return { lostGroup: true };
  const again: Entry = { ...found, place: "delivered", cookie: null };
  const others = without(entries, found);
  return { entries: ordered(at === "head" ? [again, ...others] : [...others, again]) };
}
/** The group was read, and user space has its cookie until it answers. */
function kept(context: FaultQueueContext): Partial<FaultQueueContext> {
  const found = context.entries.find(({ place }) => place === "reading");
  if (!found) return { lostGroup: true };
  const entries = ordered([{ ...found, place: "outstanding" }, ...without(context.entries, found)]);
  return { entries, ...handedOver(found.group, context) };
}
const isOf =
  (handle: AttachHandle) =>
  ({ hwpt }: Entry): boolean =>
    (handle.domain.handler as QueueHandler | null)?.hwpt === hwpt;

const s = setup({
  types: {
    context: {} as FaultQueueContext,
    events: {} as FaultQueueEvent,
    emitted: {} as FaultQueueEmits,
    input: {} as { queue: number; hwpts: number },
  },
});

const fetches = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "deliver.fetches") return;
  const found = head(context);
  const { by } = event;
  if (!found || found.pages.length > event.room) {
    enqueue.emit({ type: "deliver.fetched", by, outcome: found ? "too-big" : "empty", cookie: 0, pages: [] });
    return;
  }
  const cookie = lowestFree(context.entries);
  enqueue.assign({
    outOfOrder: context.outOfOrder || context.arrived[0] !== found.group,
    entries: ordered([{ ...found, place: "reading", cookie }, ...without(context.entries, found)]),
  });
  enqueue.emit({ type: "deliver.fetched", by, outcome: "group", cookie, pages: found.pages });
});

const takes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "response.takes") return;
  const found = context.entries.find(({ cookie }) => cookie === event.cookie);
  enqueue.assign({ entries: without(context.entries, found) });
  enqueue.emit({ type: "response.taken", by: event.by, group: found?.group ?? null });
});

/** The next group that a teardown answers: first of the deliver list, then by cookie. */
const takesNext = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "answers.takes-next") return;
  const { hwpt, only, by } = event;
  const found = context.entries.find(
    (entry) => (hwpt === null || entry.hwpt === hwpt) && (only === "all" || entry.place === "delivered"),
  );
  enqueue.assign({ entries: without(context.entries, found), ...handedOver(found?.group, context) });
  enqueue.emit({ type: "answer.taken", by, group: found?.group ?? null });
});

export const faultQueue = s.extend({ actions: { fetches, takes, takesNext } }).createMachine({
  id: "fault-queue",
  description: "struct iommufd_fault: the faults that one fault queue holds for user space",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_alloc"),
    lane: "struct iommufd_fault of queue {queue}",
    messages: messages<FaultQueueEmits>({
      "deliver.seen": {
        says: "tells {by} that the deliver list is {empty?empty:not empty}",
        origin: linux612(FAULT, "iommufd_fault_fops_poll"),
      },
      "deliver.fetched": {
        says: "hands pages [{pages}] with cookie {cookie} to {by}: {outcome}",
        origin: linux612(PRIVATE, "iommufd_fault_deliver_fetch"),
      },
      "response.taken": {
        says: "erases the cookie: group {group}",
        origin: linux612(FAULT, "iommufd_fault_fops_write"),
      },
      "answer.taken": {
        says: "takes the next unanswered group off its list: {group}",
        origin: linux612(FAULT, "iommufd_auto_response_faults"),
      },
      "group.forgets": {
        says: "frees group {group} while it is listed",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_free_group"),
      },
    }),
  },
  context: ({ input }) => ({
    queue: input.queue,
    entries: [],
    arrived: [],
    outOfOrder: false,
    file: "open",
    hwpts: input.hwpts,
    calls: 0,
    lostGroup: false,
    useAfterFree: false,
  }),
  initial: "alive",
  states: {
    alive: {
      description: "the object is allocated",
      on: {
        "queue.refs": { actions: assign({ hwpts: ({ context }) => context.hwpts + 1 }) },
        "queue.claims": { guard: ({ context }) => isUnused(context) },
        "queue.destroys": { target: "destroyed" },
        "object.reads-context": {},
      },
    },
    destroyed: {
      description: "the object was freed by iommufd_fault_destroy() and its caller",
      on: {
        "queue.creates": {
          guard: ({ context }) => context.file === "none",
          target: "alive",
          actions: assign({ file: "open", entries: [], arrived: [] }),
        },
        "object.reads-context": { actions: assign({ useAfterFree: true }) },
        "deliver.appends": { actions: assign({ useAfterFree: true }) },
      },
    },
  },
  on: {
    "deliver.appends": {
      actions: assign({
        entries: ({ context, event: { group, hwpt, pages, dangling } }) =>
          ordered([...context.entries, { group, hwpt, pages, place: "delivered", cookie: null, dangling }]),
        arrived: ({ context, event }) => [...context.arrived, event.group],
      }),
    },
    "deliver.looks": {
      actions: emit(({ context, event }) => ({
        type: "deliver.seen",
        by: event.by,
        empty: head(context) === undefined,
      })),
    },
    "deliver.fetches": { actions: "fetches" },
    "deliver.restores": { actions: assign(({ context, event }) => restored(context, event.at)) },
    "deliver.keeps": { actions: assign(({ context }) => kept(context)) },
    "response.takes": { actions: "takes" },
    "answers.takes-next": { actions: "takesNext" },
    "handle.freed": {
      actions: assign({
        entries: ({ context, event }) =>
          context.entries.map((entry) => (isOf(event.handle)(entry) ? { ...entry, dangling: true } : entry)),
      }),
    },
    "group.freed": {
      guard: ({ context, event }) => context.entries.some(({ group }) => group === event.group),
      actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
        const entries = context.entries.filter((entry) => entry.group !== group);
        enqueue.assign({ entries, lostGroup: true, ...handedOver(group, context) });
        enqueue.emit({ type: "group.forgets", device, group });
      }),
    },
    "queue.unrefs": { actions: assign({ hwpts: ({ context }) => context.hwpts - 1 }) },
    "file.gets": {
      guard: ({ context }) => context.file === "open",
      actions: assign({ calls: ({ context }) => context.calls + 1 }),
    },
    "file.puts": { actions: assign({ calls: ({ context }) => context.calls - 1 }) },
    /** The last reference to the file is dropped, and release() runs. */
    "file.closes": {
      guard: ({ context }) => context.file === "open" && context.calls === 0,
      actions: assign({ file: "closing" }),
    },
    "file.drops": { actions: assign({ file: "dropped" }) },
    "file.released": { actions: assign({ file: "none" }) },
  },
});
