/**
 * Answering what a fault queue still holds, group by group: take one, respond Invalid, free it, take the next. With it the
 * steps around it that the orders of several threads name: its mutex, and the fault parameters of the device.
 *
 * Models  iommufd_auto_response_faults() of Linux 6.12 (iopf-core 3.2), one step for each of the three;
 *         iopf_queue_add_device() and iopf_queue_remove_device() (1.4), which are fault-param.ts.
 * Omits   PASIDs.
 */

/** How far it is: the group in hand, and whether it has its response. */
export interface AutoAnswer {
  readonly group: number | null;
  readonly answered: boolean;
}

/** Asks a queue for a group, of one hardware page table (HWPT) or of any; `delivered`: only for one that nobody has read. */
export interface TakesNext {
  readonly type: "answers.takes-next";
  readonly queue: number;
  readonly by: string;
  readonly hwpt: number | null;
  readonly only: "all" | "delivered";
}

export type AutoAnswerSays =
  | TakesNext
  | { readonly type: "group.responds"; readonly device: 0; readonly group: number; readonly code: "invalid" }
  | { readonly type: "group.frees"; readonly device: 0; readonly group: number };

/** What is said next, and how far it is then. */
export function autoAnswer(
  { group, answered }: AutoAnswer,
  takesNext: TakesNext,
): { readonly says: AutoAnswerSays; readonly becomes: Partial<AutoAnswer> } {
  if (group === null) return { says: takesNext, becomes: {} };
  if (answered) return { says: { type: "group.frees", device: 0, group }, becomes: { group: null, answered: false } };
  return { says: { type: "group.responds", device: 0, group, code: "invalid" }, becomes: { answered: true } };
}

export const takesAny = (by: string): TakesNext => ({
  type: "answers.takes-next",
  queue: 0,
  by,
  hwpt: null,
  only: "all",
});

/** `answer` is autoAnswer() until there is nothing left. */
export const ANSWER = ["lock-queue", "answer", "unlock-queue"] as const;

export type QueueStep = (typeof ANSWER)[number] | "add" | "remove";

export interface ParamChanges {
  readonly type: "param.adds" | "param.removes";
  readonly device: 0;
  readonly queue: 0;
}

/** What the steps say; `mutex`: how the system names the lock of the queue. */
export const queueMessages = <Owner extends string, Mutex extends object>(owner: Owner, mutex: Mutex) =>
  ({
    add: { type: "param.adds", device: 0, queue: 0 },
    remove: { type: "param.removes", device: 0, queue: 0 },
    "lock-queue": { type: "lock.acquires", owner, ...mutex },
    "unlock-queue": { type: "lock.releases", owner, ...mutex },
  }) as const;
