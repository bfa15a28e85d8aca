/**
 * The faults of a guest that the kernel holds: partial faults, faults that user space has not read, and faults that it
 * has not answered.
 *
 * Models  the fault object of iommufd (iopf-core facts 3: whole groups, a cookie for each, responses by cookie), or Eric
 *         Auger's fault region (VFIO facts 5.2: a ring of records, ENOSPC when it is full, responses by group index).
 *         With whole groups the partial faults stay here (row 58: only full groups are delivered). On overflow they are
 *         dropped; what was handed out can only be recalled (row 54: hardware answers groups that were partly reported;
 *         row 57: recall through kernel, user space and guest). Teardown responds Invalid to all that is held. A ring
 *         with several writers needs a lock from the read of its head to the new head (B-41: the head was read outside of
 *         the lock).
 * Omits   head and tail as numbers, the eventfd, the mapping of the ring, a second reader. A head that was read without
 *         the lock and is several records behind counts as one behind: a record is lost either way.
 */
import { assign, emit, setup } from "xstate";
import { pageResponse, pageResponseSays, type Fault, type PageResponse } from "../../../include/iommu.ts";
import { joins } from "../../../iommu/io-pgfault/partial-key.ts";
import { lowestFree, zeroAfterAlloc, zeroAfterErase, type AllocatingXarray } from "../../../lib/allocating-xarray.ts";
import { linux61, linux612, messages } from "../../../../../said.ts";

export interface GuestFaultQueueRules {
  readonly delivery: "per-request" | "whole-group";
  /** How a response names its group. */
  readonly answersBy: "cookie" | "group-index";
  /** Whether the cookie of a finished group is given out again at once (D10: xa_alloc() takes the lowest free one). */
  readonly cookies: "unique" | "lowest-free";
  /** Records that the ring holds; 0: a list without an end. */
  readonly records: number;
  /**
   * Whether partial faults that were handed out are recalled on overflow, in the queue or beside it; or in the queue both on
   * overflow and when a full ring refuses a request. No tree has a recall.
   */
  readonly recall: "none" | "in-order" | "after-refusals" | "overtaking";
  /** Whether a read that fails half way puts the whole group back (B-29: half a group was consumed, its cookie lost). */
  readonly readRollback: boolean;
  /** A response to a group that is not outstanding: refused, or taken for the next group (I-40 asks for a refusal). */
  readonly strayAnswer: "refused" | "next-in-line";
  /** Whether a teardown also removes the groups that it answers (B-27: a group had two owners and was freed in use). */
  readonly teardownRule: "answers-and-drops" | "answers-only";
  /** Ghost: how many uses of an index are distinguished, which makes cookies unique. */
  readonly instances: number;
}

/** The head of the ring as a reporter has read it without the lock; stale: another reporter has written since. */
export type ReadHead = { readonly device: number; readonly stale: boolean };

/** A group that waits for its response; by group index there are no cookies. */
export type Outstanding = { readonly id: number; readonly members: readonly Fault[] };

export interface GuestFaultQueueContext {
  readonly rules: GuestFaultQueueRules;
  readonly partials: readonly Fault[];
  /** Entries that user space will read, oldest first; an empty entry is a recall. */
  readonly queued: readonly (readonly Fault[])[];
  readonly outstanding: readonly Outstanding[];
  /** With "lowest-free": xa_alloc() may give out cookie 0. */
  readonly zeroIsFree: boolean;
  /** Teardowns that may still come. */
  readonly teardowns: number;
  readonly heads: readonly ReadHead[];
  /** Ghost: a record that was accepted is where user space will not see it. Never cleared. */
  readonly lost: boolean;
}

type Code = "success" | "invalid";

export type GuestFaultQueueEvent =
  | { readonly type: "faults.holds" | "faults.collects"; readonly fault: Fault }
  | { readonly type: "faults.delivers"; readonly members: readonly Fault[] }
  | { readonly type: "ring.reads-head"; readonly device: number }
  | { readonly type: "queue.discards" }
  | { readonly type: "faults.read"; readonly fails: boolean }
  /** `instance` is a ghost: the use of the index that the response is meant for. The kernel does not know code "bad". */
  | { readonly type: "faults.responds"; readonly id: number; readonly code: Code | "bad"; readonly instance: number }
  /** Detach, replace, or a reset of the device. */
  | { readonly type: "faults.tears-down" };

export type GuestFaultQueueEmits =
  | PageResponse
  | { readonly type: "faults.collected"; readonly device: number; readonly members: readonly Fault[] }
  | { readonly type: "faults.delivered"; readonly device: number; readonly ok: boolean }
  | { readonly type: "queue.returns" }
  | { readonly type: "guest.recalled" }
  | { readonly type: "faults.batch"; readonly members: readonly Fault[]; readonly id: number }
  | { readonly type: "faults.refused"; readonly id: number; readonly instance: number; readonly why: "stray" | "code" };

const FAULT = "drivers/iommu/iommufd/fault.c";
const RESPONSE = linux61("drivers/iommu/iommu.c", "iommu_page_response");

const s = setup({
  types: {
    context: {} as GuestFaultQueueContext,
    events: {} as GuestFaultQueueEvent,
    emitted: {} as GuestFaultQueueEmits,
    input: {} as GuestFaultQueueRules & { readonly teardowns: number },
  },
});

type Queue = GuestFaultQueueContext;

/** With a recall behind them, if there is none yet. */
const recalled = (queued: Queue["queued"]): Queue["queued"] => (queued.at(-1)?.length === 0 ? queued : [...queued, []]);
const isPartOf = (last: Fault) => (fault: Fault) => joins("prgi", fault, last);
const waiting = (queue: Queue): number => queue.queued.flat().length;
const fits = ({ rules, ...queue }: Queue, more: number): boolean =>
  rules.records === 0 || waiting({ rules, ...queue }) + more <= rules.records;
/** Sorted, because it is a set. */
const withOutstanding = ({ outstanding }: Queue, id: number, members: readonly Fault[]): readonly Outstanding[] =>
  [...outstanding.filter((other) => other.id !== id), { id, members }].sort((a, b) => a.id - b.id);

const responses = ({ outstanding, zeroIsFree }: Queue): AllocatingXarray => ({
  used: outstanding.map(({ id }) => id),
  zeroIsFree,
});
/** xa_erase() of these, one after the other. Cookies that are unique are in no xarray. */
function withoutCookies(queue: Queue, ids: readonly number[]): Partial<Queue> {
  if (queue.rules.cookies === "unique") return {};
  const left = ids.reduce<AllocatingXarray>(
    (array, id) => ({ used: array.used.filter((one) => one !== id), zeroIsFree: zeroAfterErase(array, id) }),
    responses(queue),
  );
  return { zeroIsFree: left.zeroIsFree };
}

/** The name that user space gets for a group. */
function nameOf(queue: Queue, { grp, instance = 0 }: Fault): number {
  const { answersBy, cookies, instances } = queue.rules;
  if (answersBy === "group-index") return grp;
  return cookies === "unique" ? grp * instances + instance : lowestFree(responses(queue));
}

/** The ring after the record was written where its reporter takes the head to be: in place of the last one, if that is stale. */
function written({ queued, heads, lost }: Queue, members: readonly Fault[]): Partial<Queue> {
  const { device } = members.at(-1)!;
  const others = heads.filter((head) => head.device !== device);
  if (!heads.some((head) => head.device === device && head.stale))
    return { queued: [...queued, members], heads: others.map((head) => ({ ...head, stale: true })), lost };
  return { queued: queued.length > 0 ? [...queued.slice(0, -1), members] : [], heads: others, lost: true };
}

const delivers = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "faults.delivers") return;
  const { members } = event;
  const ok = fits(context, members.length);
  const last = members.at(-1)!;
  enqueue.emit({ type: "faults.delivered", device: last.device, ok });
  if (!ok) {
    enqueue.assign({
      heads: context.heads.filter(({ device }) => device !== last.device),
      ...(context.rules.recall === "after-refusals" ? { queued: recalled(context.queued) } : {}),
    });
    return;
  }
  /** The core's own pending list remembers what has to be answered by index. */
  const pends = last.last && context.rules.answersBy === "group-index";
  enqueue.assign({
    ...written(context, members),
    ...(pends ? { outstanding: withOutstanding(context, last.grp, members) } : {}),
  });
});

const reads = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "faults.read") return;
  const [head, ...rest] = context.queued;
  const last = head!.at(-1);
  const id = last ? nameOf(context, last) : 0;
  /** Nothing was copied yet, or what was copied is not counted. */
  if (event.fails && (context.rules.readRollback || head!.length < 2)) return;
  enqueue.emit({ type: "faults.batch", members: event.fails ? head!.slice(0, 1) : head!, id });
  /** Without rollback the first record is handed out, and the group stays where it was with a cookie that is dead. */
  if (event.fails) return;
  const named = last?.last === true && context.rules.answersBy === "cookie";
  if (named)
    enqueue.assign({
      outstanding: withOutstanding(context, id, head!),
      zeroIsFree: zeroAfterAlloc(responses(context), id),
    });
  enqueue.assign({ queued: rest });
});

/** The group of a response. */
const answered = ({ rules, outstanding }: Queue, id: number): Outstanding | undefined =>
  outstanding.find((group) => group.id === id) ?? (rules.strayAnswer === "next-in-line" ? outstanding[0] : undefined);

const responds = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "faults.responds") return;
  const { id, code, instance } = event;
  const group = answered(context, id);
  /** The code is looked at first, then the cookie is erased. */
  if (code !== "bad") enqueue.assign(withoutCookies(context, [group?.id ?? id]));
  if (!group || code === "bad") {
    enqueue.emit({ type: "faults.refused", id, instance, why: group ? "code" : "stray" });
    return;
  }
  enqueue.assign({ outstanding: context.outstanding.filter((other) => other !== group) });
  const meant = group.members.map((member) => ({ ...member, instance }));
  enqueue.emit(pageResponse(meant, code, null));
});

const tearsDown = s.enqueueActions(({ context, enqueue }) => {
  const { rules, queued, outstanding, teardowns } = context;
  /** By index, the core remembers also what has not been read. */
  const unread = rules.answersBy === "cookie" ? queued.filter((members) => members.at(-1)?.last) : [];
  for (const members of [...unread, ...outstanding.map((group) => group.members)])
    enqueue.emit(pageResponse(members, "invalid", null));
  const drops = rules.teardownRule === "answers-and-drops" && {
    queued: [],
    outstanding: [],
    ...withoutCookies(
      context,
      outstanding.map(({ id }) => id),
    ),
  };
  enqueue.assign({ partials: [], teardowns: teardowns - 1, ...drops });
});

const discards = s.enqueueActions(({ context: { rules, queued }, enqueue }) => {
  const inQueue = rules.recall === "in-order" || rules.recall === "after-refusals";
  enqueue.assign({ partials: [], ...(inQueue ? { queued: recalled(queued) } : {}) });
  if (rules.recall === "overtaking") enqueue.emit({ type: "guest.recalled" });
  enqueue.emit({ type: "queue.returns" });
});

export const guestFaultQueue = s.extend({ actions: { delivers, reads, responds, tearsDown, discards } }).createMachine({
  id: "guest-fault-queue",
  description: "the faults of a guest that the kernel holds for user space",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_iopf_handler"),
    lane: "the faults of the guest that the kernel holds",
    messages: messages<GuestFaultQueueEmits>({
      "driver.page-response": { says: pageResponseSays, origin: RESPONSE },
      "faults.collected": {
        says: "hands out the whole group of device {device}",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_alloc"),
      },
      "faults.delivered": "{ok?takes:refuses} the fault of device {device} for user space",
      "queue.returns": {
        says: "has dropped the partial faults",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_queue_discard_partial"),
      },
      "guest.recalled": "recalls the partial faults that were handed out",
      "faults.batch": {
        says: "copies a group to user space as {id}",
        origin: linux612(FAULT, "iommufd_fault_fops_read"),
      },
      "faults.refused": {
        says: "refuses the response to {id} ({why})",
        origin: linux612(FAULT, "iommufd_fault_fops_write"),
      },
    }),
  },
  context: ({ input: { teardowns, ...rules } }) => ({
    rules,
    partials: [],
    queued: [],
    outstanding: [],
    zeroIsFree: false,
    teardowns,
    heads: [],
    lost: false,
  }),
  on: {
    "faults.holds": { actions: assign({ partials: ({ context, event }) => [...context.partials, event.fault] }) },
    "faults.collects": {
      actions: [
        emit(({ context: { partials }, event: { fault } }) => ({
          type: "faults.collected",
          device: fault.device,
          members: [...partials.filter(isPartOf(fault)), fault],
        })),
        assign({
          partials: ({ context: { partials }, event: { fault } }) => partials.filter((one) => !isPartOf(fault)(one)),
        }),
      ],
    },
    "ring.reads-head": {
      actions: assign({
        heads: ({ context, event: { device } }) =>
          [...context.heads, { device, stale: false }].sort((a, b) => a.device - b.device),
      }),
    },
    "faults.delivers": { actions: "delivers" },
    "queue.discards": { actions: "discards" },
    "faults.read": { guard: ({ context }) => context.queued.length > 0, actions: "reads" },
    "faults.responds": { actions: "responds" },
    "faults.tears-down": {
      description: "responds Invalid to every group that it holds, in a detach, replace or reset",
      meta: { origin: linux612(FAULT, "iommufd_auto_response_faults") },
      guard: ({ context: { teardowns, queued, outstanding } }) =>
        teardowns > 0 && (queued.some((members) => members.at(-1)?.last) || outstanding.length > 0),
      actions: "tearsDown",
    },
  },
});
