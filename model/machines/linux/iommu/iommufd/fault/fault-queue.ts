/**
 * The fault object of iommufd: the deliver list, the groups that user space has read and not yet answered, by cookie, and
 * the references that keep the object alive. Every event is one critical section: of the spinlock of the deliver list, or of
 * the mutex that the caller holds over several of them.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c (iopf-core 3.1, 3.2): struct iommufd_fault with `deliver` and `response`
 *         (XA_FLAGS_ALLOC1: the lowest free cookie is taken, and 0 only after a write has named it in vain; D10: a cookie is
 *         used again), the references of its file and of HWPTs, read, write, poll and release of the file,
 *         iommufd_auto_response_faults(), iommufd_fault_destroy(), and the EBUSY of iommufd_object_remove().
 *         In Linux a group that is being read is on no list; here it stays in place and is marked.
 *         An entry whose attach handle was freed is marked (I12: no group names a freed attach handle). An entry whose group
 *         the IOPF core has freed is removed, and that it was a pointer to freed memory is remembered (I11: nothing is
 *         touched after it was freed).
 *         Coarser than linux/iommu/iommufd/object/iommufd-object.ts in its life: it leaves out the table of IDs and the
 *         count of short-term users.
 *         iommufd_auto_response_faults() takes its groups off the deliver list at once (`answers.gathers`); what arrives
 *         meanwhile stays on it. A thread that does not say so, in other focused models, also answers what arrives meanwhile.
 * Omits   Running out of cookies.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";
import { linux612, messages } from "../../../../../said.ts";
import {
  cookieTakesMemory,
  erased,
  isOf,
  isSame,
  ordered,
  taken,
  withCookie,
  without,
  type Entry,
  type Named,
} from "./fault-entries.ts";
import type { FaultQueueEmits, FaultQueueEvent } from "./fault-queue-messages.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const MAIN = "drivers/iommu/iommufd/main.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";

export interface FaultQueueContext {
  readonly queue: number;
  /** First the deliver list in order, then the groups with a cookie, by cookie. */
  readonly entries: readonly Entry[];
  /** xa_alloc() may give out cookie 0. */
  readonly zeroIsFree: boolean;
  /** Ghost: groups that were neither read nor answered, in order of arrival. */
  readonly arrived: readonly Named[];
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

/** Without a file and without an HWPT that refers to it. */
const isUnused = ({ file, hwpts }: FaultQueueContext): boolean =>
  (file === "dropped" || file === "none") && hwpts === 0;
const head = ({ entries }: FaultQueueContext): Entry | undefined => entries.find(({ place }) => place === "delivered");
const reading = ({ entries }: FaultQueueContext): Entry | undefined => entries.find(({ place }) => place === "reading");
const handedOver = (entry: Named | undefined, { arrived }: FaultQueueContext): Partial<FaultQueueContext> => ({
  arrived: entry ? arrived.filter((one) => !isSame(entry)(one)) : arrived,
});
/** The copy failed: the cookie is erased, and the group goes back to the list. A freed group is a use after free. */
function restored(context: FaultQueueContext, at: "head" | "tail"): Partial<FaultQueueContext> {
  const found = reading(context);
  if (!found) return { lostGroup: true };
  const { zeroIsFree, entries: others } = erased(context, found.cookie!);
  const again: Entry = { ...found, place: "delivered", cookie: null };
  return { zeroIsFree, entries: ordered(at === "head" ? [again, ...others] : [...others, again]) };
}
/** The group was read, and user space has its cookie until it answers. */
function kept(context: FaultQueueContext): Partial<FaultQueueContext> {
  const found = reading(context);
  if (!found) return { lostGroup: true };
  const entries = ordered([{ ...found, place: "outstanding" }, ...without(context.entries, found)]);
  return { entries, ...handedOver(found, context) };
}

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
  const { by, room, memory } = event;
  const isShort = memory === "none" && cookieTakesMemory(context);
  const outcome = !found ? "empty" : found.faults.length > room ? "too-big" : isShort ? "no-memory" : "group";
  if (!found || outcome !== "group") {
    enqueue.emit({ type: "deliver.fetched", by, outcome, cookie: 0, idev: null, faults: [] });
    return;
  }
  const { cookie, ...held } = withCookie(context, found);
  const [oldest] = context.arrived;
  const inOrder = oldest !== undefined && isSame(found)(oldest);
  enqueue.assign({ ...held, outOfOrder: context.outOfOrder || !inOrder });
  const { faults, handle } = found;
  enqueue.emit({ type: "deliver.fetched", by, outcome, cookie, idev: handle.idev ?? null, faults });
});

const takes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "response.takes") return;
  const { found, ...held } = erased(context, event.cookie);
  enqueue.assign(held);
  enqueue.emit({ type: "response.taken", by: event.by, group: found?.group ?? null, device: found?.device ?? 0 });
});

/** The next group that a teardown answers: first of the unread ones, then by cookie. */
const takesNext = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "answers.takes-next") return;
  const { handle, first, only, lists, by } = event;
  const those = context.entries.filter((entry) => handle === null || isOf(handle)(entry));
  const unread = those.filter(({ cookie, place }) => cookie === null && (lists !== "own" || place === "answering"));
  const read = only === "all" ? those.find(({ cookie }) => cookie !== null) : undefined;
  const found = (first === "newest" ? unread.at(-1) : unread[0]) ?? read;
  if (found) enqueue.assign({ ...taken(context, found), ...handedOver(found, context) });
  enqueue.emit({ type: "answer.taken", by, group: found?.group ?? null, device: found?.device ?? 0 });
});

const machine = (initial: "alive" | "destroyed") =>
  s.extend({ actions: { fetches, takes, takesNext } }).createMachine({
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
          says: "hands the records of a group with cookie {cookie} to {by}: {outcome}",
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
        "queue.claimed": {
          says: "is removed from the table of IDs by {by}, or refuses: {result}",
          origin: linux612(MAIN, "iommufd_object_remove"),
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
      zeroIsFree: false,
      arrived: [],
      outOfOrder: false,
      file: initial === "alive" ? "open" : "none",
      hwpts: input.hwpts,
      calls: 0,
      lostGroup: false,
      useAfterFree: false,
    }),
    initial,
    states: {
      alive: {
        description: "the object is allocated",
        on: {
          "queue.refs": { actions: assign({ hwpts: ({ context }) => context.hwpts + 1 }) },
          "queue.claims": {
            actions: emit(({ context, event: { by } }) => ({
              type: "queue.claimed",
              by,
              result: isUnused(context) ? OK : EBUSY,
            })),
          },
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
            actions: assign({ file: "open", entries: [], zeroIsFree: false, arrived: [] }),
          },
          "queue.claims": { actions: emit(({ event: { by } }) => ({ type: "queue.claimed", by, result: ENOENT })) },
          "object.reads-context": { actions: assign({ useAfterFree: true }) },
          "deliver.appends": { actions: assign({ useAfterFree: true }) },
        },
      },
    },
    on: {
      "deliver.appends": {
        actions: assign({
          entries: ({ context, event: { device, group, handle, faults, dangling } }) =>
            ordered([
              ...context.entries,
              { device, group, handle, faults, place: "delivered", cookie: null, dangling },
            ]),
          arrived: ({ context, event: { device, group } }) => [...context.arrived, { device, group }],
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
      "answers.gathers": {
        actions: assign({
          entries: ({ context, event: { handle } }) =>
            context.entries.map((entry) =>
              entry.place === "delivered" && isOf(handle)(entry) ? { ...entry, place: "answering" as const } : entry,
            ),
        }),
      },
      "answers.takes-next": { actions: "takesNext" },
      "handle.freed": {
        actions: assign({
          entries: ({ context, event }) =>
            context.entries.map((entry) => (isOf(event.handle)(entry) ? { ...entry, dangling: true } : entry)),
        }),
      },
      "group.freed": {
        guard: ({ context, event }) => context.entries.some(isSame(event)),
        actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
          const found = context.entries.find(isSame({ device, group }))!;
          enqueue.assign({ ...taken(context, found), lostGroup: true, ...handedOver(found, context) });
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

/** A queue that exists from the start. */
export const faultQueue = machine("alive");
/** A queue that `queue.creates` makes. */
export const unallocatedFaultQueue = machine("destroyed");
