/**
 * The IOPF queue that several consumers of faults share: what it remembers of their groups, whom it tells of an overflow,
 * and what it does when a device leaves.
 *
 * Models  iommu_fault_param, iopf_queue and iopf_queue_discard_partial() in their two shapes (iopf-core 1.1-1.4): since
 *         6.9 partial faults of every device lie here and a group has one owner; in 2021 each consumer kept its own, and
 *         a copy of the last fault lay on a pending list besides (double tracking, row 59). Rows 55 and 56: who is told.
 * Omits   locks inside the queue (QL, PL), references, allocations; a device leaves while nothing is being reported.
 */
import { setup } from "xstate";
import { pageResponse, type Fault, type PageResponse } from "../../include/iommu.ts";
import { joins } from "./partial-key.ts";

export interface SharedFaultQueueRules {
  /** Where partial faults wait for the last of their group. */
  readonly partialLists: "core" | "each-consumer";
  /** Row 56. Who forgets partial faults after an overflow: all, those behind the IOPF handler, or nobody. */
  readonly toldOfOverflow: "all" | "internal" | "none";
  /** B-27. Whether a group that was handed over is still on the pending list. */
  readonly groupOwners: "one" | "two";
  /**
   * What a device that leaves does to its groups: nothing may be pending (EBUSY of 2021), or they are answered; "forgets"
   * leaves that out (B19).
   */
  readonly removalRule: "refused-while-pending" | "answers" | "forgets";
}

export interface SharedFaultQueueContext {
  readonly rules: SharedFaultQueueRules;
  readonly partials: readonly Fault[];
  /** Last faults that were handed over and not answered, in order of arrival; only with two owners. */
  readonly pending: readonly Fault[];
  /** Removals that may still come. */
  readonly removals: number;
}

export type SharedFaultQueueEvent =
  | { readonly type: "core.takes"; readonly fault: Fault; readonly by: string }
  /** An answer that is searched for on the pending list: by device and index. */
  | { readonly type: "core.answers"; readonly members: readonly Fault[] }
  | { readonly type: "queue.discards" }
  | { readonly type: "device.leaves"; readonly device: number };

export type SharedFaultQueueEmits =
  | PageResponse
  | { readonly type: "core.took"; readonly members: readonly Fault[]; readonly by: string }
  | { readonly type: "queue.returns" }
  | { readonly type: "consumer.discards"; readonly external: boolean }
  /** What its owner does with all that waits of this device: answer and forget, forget, or lose the memory of it. */
  | { readonly type: "consumer.drains"; readonly device: number; readonly how: Draining };

export type Draining = "answers" | "forgets" | "freed";

const s = setup({
  types: {
    context: {} as SharedFaultQueueContext,
    events: {} as SharedFaultQueueEvent,
    emitted: {} as SharedFaultQueueEmits,
    input: {} as SharedFaultQueueRules & { readonly removals: number },
  },
});

const isSame = (one: Fault, other: Fault): boolean => one.device === other.device && joins("prgi", one, other);
const isRepeated = (one: Fault, other: Fault): boolean =>
  isSame(one, other) && one.page === other.page && one.instance === other.instance;

/** A list of partial faults with one more; how often the same one is there is left out. */
export const withPartial = (partials: readonly Fault[], fault: Fault): readonly Fault[] => [
  ...partials.filter((one) => !isRepeated(one, fault)),
  fault,
];
/** The partial faults that a last one finds, and those that it leaves. */
export const collect = (partials: readonly Fault[], last: Fault) => ({
  members: [...partials.filter((one) => isSame(one, last)), last],
  rest: partials.filter((one) => !isSame(one, last)),
});

const takes = s.enqueueActions(({ context: { rules, partials, pending }, event, enqueue }) => {
  if (event.type !== "core.takes") return;
  const { fault, by } = event;
  if (fault.last && rules.groupOwners === "two") enqueue.assign({ pending: [...pending, fault] });
  if (rules.partialLists === "each-consumer") enqueue.emit({ type: "core.took", members: [fault], by });
  else if (!fault.last) {
    enqueue.assign({ partials: withPartial(partials, fault) });
    enqueue.emit({ type: "core.took", members: [], by });
  } else {
    const { members, rest } = collect(partials, fault);
    enqueue.assign({ partials: rest });
    enqueue.emit({ type: "core.took", members, by });
  }
});

const answers = s.enqueueActions(({ context: { rules, pending }, event, enqueue }) => {
  if (event.type !== "core.answers") return;
  const { members } = event;
  if (rules.groupOwners === "one") {
    enqueue.emit(pageResponse(members, "success", null));
    return;
  }
  const found = pending.find((one) => isSame(one, members.at(-1)!));
  /** "no pending PRQ, drop response". */
  if (!found) return;
  enqueue.assign({ pending: pending.filter((one) => one !== found) });
  enqueue.emit(pageResponse(members, "success", null));
});

const discards = s.enqueueActions(({ context: { rules }, enqueue }) => {
  if (rules.toldOfOverflow !== "none") {
    enqueue.assign({ partials: [] });
    enqueue.emit({ type: "consumer.discards", external: rules.toldOfOverflow === "all" });
  }
  enqueue.emit({ type: "queue.returns" });
});

const leaves = s.enqueueActions(({ context: { rules, partials, pending, removals }, event, enqueue }) => {
  if (event.type !== "device.leaves") return;
  const { device } = event;
  const stays = (one: Fault): boolean => one.device !== device;
  enqueue.assign({ partials: partials.filter(stays), pending: pending.filter(stays), removals: removals - 1 });
  const answered = rules.removalRule === "forgets" ? [] : pending.filter((one) => !stays(one));
  for (const fault of answered) enqueue.emit(pageResponse([fault], "invalid", null));
  const owner = rules.removalRule === "forgets" ? "forgets" : "answers";
  enqueue.emit({ type: "consumer.drains", device, how: rules.groupOwners === "two" ? "freed" : owner });
});

export const sharedFaultQueue = s.extend({ actions: { takes, answers, discards, leaves } }).createMachine({
  id: "shared-fault-queue",
  context: ({ input: { removals, ...rules } }) => ({ rules, partials: [], pending: [], removals }),
  on: {
    "core.takes": { actions: "takes" },
    "core.answers": { actions: "answers" },
    "queue.discards": { actions: "discards" },
    "device.leaves": {
      guard: ({ context: { rules, pending, removals }, event }) =>
        removals > 0 &&
        (rules.removalRule !== "refused-while-pending" || !pending.some(({ device }) => device === event.device)),
      actions: "leaves",
    },
  },
});
