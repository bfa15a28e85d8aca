/**
 * iommufd_auto_response_faults(): answers what a fault queue still holds, group by group: take one, respond Invalid, free
 * it, take the next. The steps around it that the orders of several threads name are here too: the mutex of the queue, and
 * the fault parameter of the device.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_auto_response_faults() (iopf-core 3.2), one step each to take,
 *         respond and free. list_move() puts each unread group at the head of a list of its own, so the newest is answered
 *         first; then come the groups that were read, by cookie. iommufd_fault_destroy() walks the deliver list as it is, the
 *         oldest first. iopf_queue_add_device() and iopf_queue_remove_device() (iopf-core 1.4), whose steps
 *         io-pgfault/6.12/fault-param.ts has.
 * Omits   PASIDs.
 */
import { linux612 } from "../../../../../said.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const IOPF = "drivers/iommu/io-pgfault.c";

/** Progress: the group in hand with its device (0 where there is no other), and whether it was answered. */
export interface AutoAnswer {
  readonly group: number | null;
  readonly device?: number;
  readonly answered: boolean;
}

/** Takes a group out of a queue. */
export interface TakesNext {
  readonly type: "answers.takes-next";
  readonly queue: number;
  readonly by: string;
  /** Of this attach handle; null: of any. */
  readonly handle: AttachHandle | null;
  /** Which of the unread groups comes first. */
  readonly first: "newest" | "oldest";
  /** "delivered": groups with a cookie are skipped, B19 (destroy answered unread groups only). */
  readonly only: "all" | "delivered";
  /** "own": of the unread groups only those that the thread has gathered on a list of its own. Absent: all of them. */
  readonly lists?: "own";
}

export type AutoAnswerSays =
  | TakesNext
  | { readonly type: "group.responds"; readonly device: number; readonly group: number; readonly code: "invalid" }
  | { readonly type: "group.frees"; readonly device: number; readonly group: number };

/** The next message, and the progress after it. */
export function autoAnswer(
  { group, device = 0, answered }: AutoAnswer,
  takesNext: TakesNext,
): { readonly says: AutoAnswerSays; readonly becomes: Partial<Pick<AutoAnswer, "group" | "answered">> } {
  if (group === null) return { says: takesNext, becomes: {} };
  if (answered) return { says: { type: "group.frees", device, group }, becomes: { group: null, answered: false } };
  return { says: { type: "group.responds", device, group, code: "invalid" }, becomes: { answered: true } };
}

export const takesAny = (by: string, first: TakesNext["first"] = "newest"): TakesNext => ({
  type: "answers.takes-next",
  queue: 0,
  by,
  handle: null,
  first,
  only: "all",
});
/** `answer` repeats autoAnswer() until no group is left. */
export const ANSWER = ["lock-queue", "answer", "unlock-queue"] as const;

export type QueueStep = (typeof ANSWER)[number] | "add" | "remove";

export interface ParamChanges {
  readonly type: "param.adds" | "param.removes";
  readonly device: number;
  readonly queue: 0;
}

/** The messages of the steps; `mutex`: how the system names the mutex of the queue. */
export const queueMessages = <Owner extends string, Mutex extends object>(owner: Owner, mutex: Mutex) =>
  ({
    add: { type: "param.adds", device: 0, queue: 0 },
    remove: { type: "param.removes", device: 0, queue: 0 },
    "lock-queue": { type: "lock.acquires", owner, ...mutex },
    "unlock-queue": { type: "lock.releases", owner, ...mutex },
  }) as const;

/** What the messages say. */
export const autoAnswerSays = {
  "answers.takes-next": {
    says: "takes the next group out of queue {queue}",
    origin: linux612(FAULT, "iommufd_auto_response_faults"),
  },
  "group.responds": {
    says: "responds {code} to group {group} of device {device}",
    origin: linux612(IOPF, "iopf_group_response"),
  },
  "group.frees": { says: "frees group {group}", origin: linux612(IOPF, "iopf_free_group") },
} as const;
