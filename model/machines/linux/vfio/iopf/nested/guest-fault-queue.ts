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
import { zeroAfterAlloc } from "../../../lib/allocating-xarray.ts";
import { linux61, linux612, messages, proposal } from "../../../../../said.ts";
import type { GuestFaultQueueContext, GuestFaultQueueRules, Outstanding } from "./guest-fault-queue-context.ts";
import { nameOf, responses, withoutCookies } from "./guest-fault-cookies.ts";
import { mayTimeOut, started, timeOut } from "./guest-fault-timeouts.ts";

type Code = "success" | "invalid";

export type GuestFaultQueueEvent =
  | { readonly type: "faults.holds" | "faults.collects"; readonly fault: Fault }
  | { readonly type: "faults.delivers"; readonly members: readonly Fault[] }
  | { readonly type: "ring.reads-head"; readonly device: number }
  | { readonly type: "queue.discards" }
  | { readonly type: "faults.read"; readonly fails: boolean }
  /** `instance` is a ghost: the use of the index that the response is meant for. The kernel does not know code "bad". */
  | { readonly type: "faults.responds"; readonly id: number; readonly code: Code | "bad"; readonly instance: number }
  /** A group has waited too long for its response. */
  | { readonly type: "faults.times-out" }
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

const recalled = (queued: Queue["queued"]): Queue["queued"] => (queued.at(-1)?.length === 0 ? queued : [...queued, []]);
const isPartOf = (last: Fault) => (fault: Fault) => joins("prgi", fault, last);
const waiting = (queue: Queue): number => queue.queued.flat().length;
const fits = ({ rules, ...queue }: Queue, more: number): boolean =>
  rules.records === 0 || waiting({ rules, ...queue }) + more <= rules.records;
/** Sorted, because it is a set. */
const withOutstanding = ({ outstanding }: Queue, id: number, members: readonly Fault[]): readonly Outstanding[] =>
  [...outstanding.filter((other) => other.id !== id), { id, members }].sort((a, b) => a.id - b.id);

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
  const { rules, timers } = context;
  enqueue.assign({
    queued: rest,
    ...(rules.groupTimeout === "by-index" && last?.last && { timers: started(timers, head!) }),
  });
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

const timesOut = s.enqueueActions(({ context, enqueue }) => {
  const { members, left } = timeOut(context);
  enqueue.emit(pageResponse(members, "invalid", null));
  enqueue.assign(left);
});

const discards = s.enqueueActions(({ context: { rules, queued }, enqueue }) => {
  const inQueue = rules.recall === "in-order" || rules.recall === "after-refusals";
  enqueue.assign({ partials: [], ...(inQueue ? { queued: recalled(queued) } : {}) });
  if (rules.recall === "overtaking") enqueue.emit({ type: "guest.recalled" });
  enqueue.emit({ type: "queue.returns" });
});

export const guestFaultQueue = s
  .extend({ actions: { delivers, reads, responds, tearsDown, timesOut, discards } })
  .createMachine({
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
      timers: [],
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
      "faults.times-out": {
        description: "responds Invalid to a group that user space has not answered in time",
        meta: { origin: proposal("a time limit for the response of user space (iopf-core 1.5)") },
        guard: ({ context }) => mayTimeOut(context),
        actions: "timesOut",
      },
      "faults.tears-down": {
        description: "responds Invalid to every group that it holds, in a detach, replace or reset",
        meta: { origin: linux612(FAULT, "iommufd_auto_response_faults") },
        guard: ({ context: { teardowns, queued, outstanding } }) =>
          teardowns > 0 && (queued.some((members) => members.at(-1)?.last) || outstanding.length > 0),
        actions: "tearsDown",
      },
    },
  });
