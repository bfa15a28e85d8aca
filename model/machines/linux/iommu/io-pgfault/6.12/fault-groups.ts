/** What the fault parameters of a device hold (struct iommu_fault_param, struct iopf_group), and how to look at it. */
import type { Fault } from "../../../include/iommu.ts";
import type { PartialKey } from "../partial-key.ts";

/**
 * Where a group is: on the pending list; taken off it by its handler, which is then the sole owner; answered, and still
 * to be freed by whoever answered; freed while its handler may still name it (a tombstone).
 */
export type GroupPlace = "pending" | "dequeued" | "answered" | "freed";

export type FaultGroup = {
  /** The lowest number that no other group of the device has, tombstones included. */
  readonly id: number;
  /** In order of arrival, the Last fault at the end. Empty for a tombstone. */
  readonly members: readonly Fault[];
  readonly where: GroupPlace;
  /** The abort_group of the reporter: it lives on the reporter's stack, and nobody else may free it. */
  readonly onStack: boolean;
  /** The queue of the parameters that it belongs to and keeps alive. */
  readonly queue: number;
  /** Those parameters were removed from the device meanwhile. */
  readonly removed: boolean;
};

/** A reference to the parameters of a queue, which may have been removed from the device since it was taken. */
export type Reference = { readonly queue: number; readonly removed: boolean };

/** How much of its duty iopf_queue_remove_device() does for each pending group; 6.12 answers and frees. */
export type RemovalRule = "answer-and-free" | "free-only" | "answer-only";

/**
 * What removal does to the partial faults. 6.12 frees them and leaves the head of the list as it was (D19). Others: the
 * head is reinitialised; they are left to the last put of the parameters; nobody frees them (vfio B-34).
 */
export type PartialsRule = "freed" | "emptied" | "by-last-put" | "kept";

export type FaultParamRules = {
  readonly partialKey: PartialKey;
  readonly removal: RemovalRule;
  readonly partialsAtRemoval: PartialsRule;
  /** Whether the abort group, which is on the reporter's stack, is put on the pending list (D6). */
  readonly abortGroup: "linked" | "unlinked";
  /** Whether the reporter and the groups count as users; if not, removal frees the parameters under them (B43). */
  readonly counted: boolean;
  /** Since 738e6f32e61d a group is always answered; before, only while it was on the pending list. */
  readonly answers: "always" | "while-pending";
  /** Whether the driver has the page_response op; without it no device can join a queue. */
  readonly canRespond: boolean;
};

export type FaultParamContext = {
  readonly device: number;
  readonly rules: FaultParamRules;
  /** The IOPF queue that the device is on; null: dev->iommu->fault_param is NULL. */
  readonly queue: number | null;
  /** In order of arrival. */
  readonly partial: readonly Fault[];
  /** Pending groups in order of arrival, then the others by id. */
  readonly groups: readonly FaultGroup[];
  /** The reference of the thread inside iommu_report_device_fault(). */
  readonly reporter: Reference | null;
  /** The partial list of the removed parameters still leads to freed nodes. */
  readonly danglingPartials: boolean;
  /** Ghost: nobody leads to some partial fault any more, and it was not freed. Never cleared. */
  readonly lostPartials: boolean;
  /** Something named memory that was freed before. Never cleared. */
  readonly useAfterFree: boolean;
  /** Memory was freed that was not to be freed: a group twice, or one on another thread's stack. Never cleared. */
  readonly invalidFree: boolean;
};

/** Who names the current parameters, or those that were removed: groups, and the reporter. */
export function namers({ groups, reporter }: FaultParamContext, ofRemoved: boolean): number {
  const held = groups.filter(({ removed, where }) => removed === ofRemoved && where !== "freed").length;
  return held + (reporter?.removed === ofRemoved ? 1 : 0);
}

/** The reference count of the current parameters: the queue, each group, the reporter (struct iommu_fault_param, users). */
export function users(context: FaultParamContext): number {
  if (context.queue === null) return 0;
  return 1 + (context.rules.counted ? namers(context, false) : 0);
}

/** The groups on the pending list of the current parameters, oldest first. */
export const pending = ({ groups }: FaultParamContext): readonly FaultGroup[] =>
  groups.filter(({ where, removed }) => where === "pending" && !removed);

export function lowestUnused(groups: readonly { readonly id: number }[]): number {
  let id = 0;
  while (groups.some((group) => group.id === id)) id += 1;
  return id;
}

/** Pending groups keep their order of arrival; the rest is a set. */
export const ordered = (groups: readonly FaultGroup[]): readonly FaultGroup[] => [
  ...groups.filter(({ where }) => where === "pending"),
  ...groups.filter(({ where }) => where !== "pending").sort((a, b) => a.id - b.id),
];
