/**
 * The IOPF queue that several fault consumers share: its records of their groups, which consumers it tells of an overflow,
 * and what happens to the groups of a device that leaves.
 *
 * Models  struct iommu_fault_param, struct iopf_queue and iopf_queue_discard_partial() in two versions (iopf-core 1.1 to
 *         1.4). Since 6.9 the partial faults of every device are here, and a group has one owner. In 2021 each consumer
 *         kept its own partial faults, and a copy of the last request was on a pending list too: row 59 (double tracking).
 *         Rows 55 and 56 of the RFC thread: which consumers discard after an overflow.
 *         iopf_queue_remove_device() of 6.12 responds to a group that a report has linked and not yet handed to its
 *         consumer, and frees it. Its callers have to drain the queue first; 6.1 holds dev->iommu->lock in both calls.
 *         Without memory a partial fault is lost, and a group gets Failure (err_abort).
 * Omits   what 6.12/iopf-queue.ts and 6.12/fault-param.ts have: locks and references. Allocations of 6.1.
 */
import { assign, setup } from "xstate";
import { linux61, linux612, messages } from "../../../../said.ts";
import { ENOMEM, OK, pageResponse, pageResponseSays, type Fault, type PageResponse } from "../../include/iommu.ts";
import { joins } from "./partial-key.ts";

export interface SharedFaultQueueRules {
  /** Where partial faults wait for the last of their group. */
  readonly partialLists: "core" | "each-consumer";
  /** Row 56 (discard in the IOPF handler only): all consumers discard, those behind the IOPF handler, or none. */
  readonly toldOfOverflow: "all" | "internal" | "none";
  /** B-27 (CVE-2026-74520): "two" leaves a group on the pending list after its consumer has it. */
  readonly groupOwners: "one" | "two";
  /**
   * What a removal does with the groups of its device. In 2021 it fails with -EBUSY while one is pending; since 6.9 it
   * responds Invalid. "forgets" does neither: B19 (groups without a response leak).
   */
  readonly removalRule: "refused-while-pending" | "answers" | "forgets";
  /** Whether a removal waits until no report has a group of its device in hand, or may come in between. */
  readonly removalWhen: "drained" | "any-time";
}

/** A group that a report has collected and not yet handed to its consumer. */
export type InHand = { readonly by: string; readonly members: readonly Fault[] };

export interface SharedFaultQueueContext {
  readonly rules: SharedFaultQueueRules;
  readonly partials: readonly Fault[];
  /** Last requests that wait for a response, in order of arrival; only with two owners. */
  readonly pending: readonly Fault[];
  /** A set. */
  readonly inHand: readonly InHand[];
  /** Removals that may still happen. */
  readonly removals: number;
}

export type SharedFaultQueueEvent =
  /** `core.loses`: there is no memory for the fault, or for its group. */
  | { readonly type: "core.takes" | "core.loses"; readonly fault: Fault; readonly by: string }
  | { readonly type: "core.hands"; readonly by: string }
  /** A response; the core finds its request on the pending list by device and index. */
  | { readonly type: "core.answers"; readonly members: readonly Fault[] }
  | { readonly type: "queue.discards" }
  | { readonly type: "device.leaves"; readonly device: number };

export type SharedFaultQueueEmits =
  | PageResponse
  | { readonly type: "core.took"; readonly members: readonly Fault[]; readonly result: number; readonly by: string }
  /** The group that this report has in hand. */
  | { readonly type: "group.freed"; readonly by: string }
  | { readonly type: "queue.returns" }
  | { readonly type: "consumer.discards"; readonly external: boolean }
  /** What the consumer does with the groups of this device: respond, forget, or keep pointers to freed memory. */
  | { readonly type: "consumer.drains"; readonly device: number; readonly how: Draining };

export type Draining = "answers" | "forgets" | "freed";

const IOPF = "drivers/iommu/io-pgfault.c";
const inResponse = linux61("drivers/iommu/iommu.c", "iommu_page_response");
const inDiscard = linux612(IOPF, "iopf_queue_discard_partial");
const inRemove = linux612(IOPF, "iopf_queue_remove_device");

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

/** Adds a partial fault; equal faults are kept once. */
export const withPartial = (partials: readonly Fault[], fault: Fault): readonly Fault[] => [
  ...partials.filter((one) => !isRepeated(one, fault)),
  fault,
];
/** The group of a last request, and the partial faults that stay. */
export const collect = (partials: readonly Fault[], last: Fault) => ({
  members: [...partials.filter((one) => isSame(one, last)), last],
  rest: partials.filter((one) => !isSame(one, last)),
});

const withInHand = (inHand: readonly InHand[], group: InHand): readonly InHand[] =>
  [...inHand, group].sort((a, b) => (a.by < b.by ? -1 : 1));
const deviceOf = ({ members }: InHand): number => members[0]!.device;

const takes = s.enqueueActions(({ context: { rules, partials, pending, inHand }, event, enqueue }) => {
  if (event.type !== "core.takes") return;
  const { fault, by } = event;
  if (fault.last && rules.groupOwners === "two") enqueue.assign({ pending: [...pending, fault] });
  const collected = rules.partialLists === "core" && fault.last ? collect(partials, fault) : undefined;
  if (rules.partialLists === "core")
    enqueue.assign({ partials: collected ? collected.rest : withPartial(partials, fault) });
  const members = rules.partialLists === "each-consumer" ? [fault] : (collected?.members ?? []);
  if (members.length > 0) enqueue.assign({ inHand: withInHand(inHand, { by, members }) });
  enqueue.emit({ type: "core.took", members, result: OK, by });
});

const loses = s.enqueueActions(({ context: { partials }, event, enqueue }) => {
  if (event.type !== "core.loses") return;
  const { fault, by } = event;
  if (fault.last) {
    const { members, rest } = collect(partials, fault);
    enqueue.assign({ partials: rest });
    enqueue.emit(pageResponse(members, "failure", null));
  }
  enqueue.emit({ type: "core.took", members: [], result: fault.last ? OK : ENOMEM, by });
});

const answers = s.enqueueActions(({ context: { rules, pending }, event, enqueue }) => {
  if (event.type !== "core.answers") return;
  const { members } = event;
  if (rules.groupOwners === "one") {
    enqueue.emit(pageResponse(members, "success", null));
    return;
  }
  const found = pending.find((one) => isSame(one, members.at(-1)!));
  /** iommu_page_response() logs "no pending PRQ, drop response". */
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

const leaves = s.enqueueActions(({ context: { rules, partials, pending, inHand, removals }, event, enqueue }) => {
  if (event.type !== "device.leaves") return;
  const { device } = event;
  const stays = (one: Fault): boolean => one.device !== device;
  enqueue.assign({ partials: partials.filter(stays), pending: pending.filter(stays), removals: removals - 1 });
  const answered = rules.removalRule === "forgets" ? [] : pending.filter((one) => !stays(one));
  for (const fault of answered) enqueue.emit(pageResponse([fault], "invalid", null));
  const taken = inHand.filter((group) => deviceOf(group) === device);
  enqueue.assign({ inHand: inHand.filter((group) => deviceOf(group) !== device) });
  for (const { by, members } of taken) {
    if (rules.removalRule === "answers" && rules.groupOwners === "one")
      enqueue.emit(pageResponse(members, "invalid", null));
    enqueue.emit({ type: "group.freed", by });
  }
  const owner = rules.removalRule === "forgets" ? "forgets" : "answers";
  enqueue.emit({ type: "consumer.drains", device, how: rules.groupOwners === "two" ? "freed" : owner });
});

export const sharedFaultQueue = s.extend({ actions: { takes, loses, answers, discards, leaves } }).createMachine({
  id: "shared-fault-queue",
  description: "the IOPF queue that several fault consumers share",
  meta: {
    origin: linux612(IOPF, "iommu_report_device_fault"),
    lane: "the IOPF queue of the IOMMU",
    messages: messages<SharedFaultQueueEmits>({
      "driver.page-response": pageResponseSays,
      "core.took": "has recorded the fault",
      "group.freed": { says: "frees the group that {by} has in hand", origin: inRemove },
      "queue.returns": "returns",
      "consumer.discards": "has the consumers free their partial faults",
      "consumer.drains": "ends the groups of device {device} ({how})",
    }),
  },
  context: ({ input: { removals, ...rules } }) => ({ rules, partials: [], pending: [], inHand: [], removals }),
  on: {
    "core.takes": { actions: "takes" },
    "core.loses": { meta: { origin: linux612(IOPF, "iopf_group_alloc") }, actions: "loses" },
    "core.hands": {
      actions: assign({ inHand: ({ context, event }) => context.inHand.filter(({ by }) => by !== event.by) }),
    },
    "core.answers": { meta: { origin: inResponse }, actions: "answers" },
    "queue.discards": { meta: { origin: inDiscard }, actions: "discards" },
    "device.leaves": {
      description: "takes device {device} off the IOPF queue",
      meta: { origin: inRemove },
      guard: ({ context: { rules, pending, inHand, removals }, event }) =>
        removals > 0 &&
        (rules.removalWhen === "any-time" || !inHand.some((group) => deviceOf(group) === event.device)) &&
        (rules.removalRule !== "refused-while-pending" || !pending.some(({ device }) => device === event.device)),
      actions: "leaves",
    },
  },
});
