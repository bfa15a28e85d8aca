/** The contents of dev->iommu->fault_param (struct iommu_fault_param, struct iopf_group), and functions that read them. */
import type { Fault } from "../../../include/iommu.ts";
import type { PartialKey } from "../partial-key.ts";

/**
 * State of a group. "pending": on fault_param->faults. "dequeued": its handler has called iopf_group_dequeue() and is the
 * only owner. "answered": the response is sent, and the responder still has to free it. "freed": a tombstone; the memory is
 * freed, and the handler still has a pointer to it.
 */
export type GroupPlace = "pending" | "dequeued" | "answered" | "freed";

export type FaultGroup = {
  /** The lowest number that no other group of the device has, tombstones included. */
  readonly id: number;
  /** In order of arrival, the Last fault at the end. Empty for a tombstone. */
  readonly members: readonly Fault[];
  readonly where: GroupPlace;
  /** abort_group, which is on the stack of iommu_report_device_fault(): no other thread may free it. */
  readonly onStack: boolean;
  /** The IOPF queue of its fault_param, to which the group holds a reference. */
  readonly queue: number;
  /** iopf_queue_remove_device() has taken this fault_param off the device. */
  readonly removed: boolean;
};

/** A reference to a fault_param, which iopf_queue_remove_device() may have taken off the device since. */
export type Reference = { readonly queue: number; readonly removed: boolean };

/** What iopf_queue_remove_device() does with a pending group; 6.12 sends a response and frees the group. */
export type RemovalRule = "answer-and-free" | "free-only" | "answer-only";

/**
 * What iopf_queue_remove_device() does with the partial faults. "freed": 6.12 frees them and leaves the list head as it was:
 * D19 (the head still leads to freed faults). "emptied": it also reinitialises the head. "by-last-put": the last put of
 * fault_param frees them. "kept": they leak: B-34 (memory leak in iopf_queue_remove_device()).
 */
export type PartialsRule = "freed" | "emptied" | "by-last-put" | "kept";

/**
 * How the last request joins the partial faults of its group; 6.12 adds it at the end. Deliberate defects: "last-first" adds it
 * at the head of the list, "last-stays-partial" also leaves it among the partial faults.
 */
export type CollectRule = "last-at-end" | "last-first" | "last-stays-partial";

export type FaultParamRules = {
  readonly partialKey: PartialKey;
  readonly collects: CollectRule;
  readonly removal: RemovalRule;
  readonly partialsAtRemoval: PartialsRule;
  /** D6 (removal frees a group that is on a stack): whether abort_group is on fault_param->faults. */
  readonly abortGroup: "linked" | "unlinked";
  /** Whether reporter and groups hold references. Without: B43 (a removal frees fault_param in use). */
  readonly counted: boolean;
  /** Since 738e6f32e61d iopf_group_response() always sends a response; before, only for a pending group. */
  readonly answers: "always" | "while-pending";
  /** Whether the driver has ops->page_response; without it iopf_queue_add_device() returns -ENODEV. */
  readonly canRespond: boolean;
};

export type FaultParamContext = {
  readonly device: number;
  readonly rules: FaultParamRules;
  /** The IOPF queue that the device is on; null: dev->iommu->fault_param is NULL. */
  readonly queue: number | null;
  /** In order of arrival. */
  readonly partial: readonly Fault[];
  /** First the pending groups in order of arrival, then the others by id. */
  readonly groups: readonly FaultGroup[];
  /** The reference of the thread inside iommu_report_device_fault(). */
  readonly reporter: Reference | null;
  /** The list of partial faults of the removed fault_param still leads to freed faults. */
  readonly danglingPartials: boolean;
  /** Ghost: a partial fault leaked. Never cleared. */
  readonly lostPartials: boolean;
  /** A thread used freed memory. Never cleared. */
  readonly useAfterFree: boolean;
  /** A group was freed twice, or one on the stack of another thread was freed. Never cleared. */
  readonly invalidFree: boolean;
};

/** Number of groups and reporters that point to the current fault_param, or to the removed one. */
export function namers({ groups, reporter }: FaultParamContext, ofRemoved: boolean): number {
  const held = groups.filter(({ removed, where }) => removed === ofRemoved && where !== "freed").length;
  return held + (reporter?.removed === ofRemoved ? 1 : 0);
}

/** fault_param->users: one for the queue, one for each group, one for the reporter. */
export function users(context: FaultParamContext): number {
  if (context.queue === null) return 0;
  return 1 + (context.rules.counted ? namers(context, false) : 0);
}

/** The groups on fault_param->faults, oldest first. */
export const pending = ({ groups }: FaultParamContext): readonly FaultGroup[] =>
  groups.filter(({ where, removed }) => where === "pending" && !removed);

export function lowestUnused(groups: readonly { readonly id: number }[]): number {
  const used: boolean[] = [];
  for (const { id } of groups) used[id] = true;
  let id = 0;
  while (used[id] === true) id += 1;
  return id;
}

/** Pending groups stay in order of arrival; the other groups are sorted by id. */
export const ordered = (groups: readonly FaultGroup[]): readonly FaultGroup[] => [
  ...groups.filter(({ where }) => where === "pending"),
  ...groups.filter(({ where }) => where !== "pending").sort((a, b) => a.id - b.id),
];
