/**
 * The critical sections of fault_param->lock, as functions of what fault_param held before. The machine of fault-param.ts
 * takes these steps.
 */
import type { Fault } from "../../../include/iommu.ts";
import { joins } from "../partial-key.ts";
import { lowestUnused, ordered, pending, type FaultGroup, type FaultParamContext } from "./fault-groups.ts";

export const find = ({ groups }: FaultParamContext, id: number): FaultGroup | undefined =>
  groups.find((g) => g.id === id);

/** fault_param was freed while a group or a reporter points to it. */
const areGone = ({ rules }: FaultParamContext, { removed }: { readonly removed: boolean }): boolean =>
  removed && !rules.counted;

/** Changes the state of a group under fault_param->lock; a tombstone or an unknown id is a use after free. */
export function touch(context: FaultParamContext, id: number, where: FaultGroup["where"]): Partial<FaultParamContext> {
  const group = find(context, id);
  if (!group || group.where === "freed") return { useAfterFree: true };
  return {
    groups: ordered(context.groups.map((other) => (other.id === id ? { ...group, where } : other))),
    useAfterFree: context.useAfterFree || areGone(context, group),
  };
}

/** iopf_free_group(): frees the group and puts its reference to fault_param. */
export function free(context: FaultParamContext, id: number): Partial<FaultParamContext> {
  const group = find(context, id);
  const groups = context.groups.filter((other) => other.id !== id);
  if (!group || group.where === "freed") return { groups, useAfterFree: true, invalidFree: true };
  // The group was still linked: fault_param->faults now leads into freed memory.
  return group.where === "pending" ? { groups, useAfterFree: true } : { groups };
}

/** iopf_group_alloc(): partial faults with the same key move before the last fault; the group takes the reference over. */
export function collect(context: FaultParamContext, fault: Fault, onStack: boolean): Partial<FaultParamContext> {
  const { queue, removed } = context.reporter!;
  const { partialKey, abortGroup, collects } = context.rules;
  const joined = removed ? [] : context.partial.filter((partial) => joins(partialKey, partial, fault));
  const id = lowestUnused(context.groups);
  const where = onStack && abortGroup === "unlinked" ? "dequeued" : "pending";
  const members = collects === "last-first" ? [fault, ...joined] : [...joined, fault];
  const left = context.partial.filter((partial) => !joined.includes(partial));
  const group: FaultGroup = { id, members, where, onStack, queue, removed };
  return {
    partial: collects === "last-stays-partial" ? [...left, fault] : left,
    groups: ordered([...context.groups, group]),
    reporter: null,
    danglingPartials: false,
    useAfterFree: context.useAfterFree || areGone(context, group) || (removed && context.danglingPartials),
  };
}

/** iopf_queue_remove_device(), from the partial list to the last put. */
export function remove(context: FaultParamContext): Partial<FaultParamContext> {
  const { removal, partialsAtRemoval } = context.rules;
  const freed = pending(context);
  const groups = context.groups.map((group): FaultGroup => {
    if (!freed.includes(group)) return { ...group, removed: true };
    // Unlinked and never freed: the leaked group only keeps fault_param alive.
    if (removal === "answer-only") return { ...group, where: "answered", removed: true };
    return { ...group, members: [], where: "freed", removed: true };
  });
  const { reporter } = context;
  const stale = reporter?.removed === false;
  return {
    queue: null,
    partial: [],
    groups: ordered(groups),
    reporter: reporter && { ...reporter, removed: true },
    danglingPartials:
      context.danglingPartials || (stale && context.partial.length > 0 && partialsAtRemoval === "freed"),
    lostPartials: context.lostPartials || (context.partial.length > 0 && partialsAtRemoval === "kept"),
    invalidFree: context.invalidFree || (removal !== "answer-only" && freed.some(({ onStack }) => onStack)),
  };
}

/** report_partial_fault(), through a reference that may be older than iopf_queue_remove_device(). */
export function push(context: FaultParamContext, fault: Fault): Partial<FaultParamContext> {
  const { reporter, rules, danglingPartials } = context;
  if (!reporter!.removed) return { partial: [...context.partial, fault] };
  return {
    useAfterFree: context.useAfterFree || danglingPartials || areGone(context, reporter!),
    lostPartials: context.lostPartials || rules.partialsAtRemoval !== "by-last-put",
  };
}
