/**
 * What the thread that attaches and destroys HWPTs (control-thread.ts) does for one ioctl: whether the kernel refuses it, and
 * otherwise its steps, from the lists of control-orders.ts.
 */
import { EINVAL, OK } from "../../../include/iommu.ts";
import { attachHandle, type AttachHandle, type Attachment } from "../../io-pgfault/6.12/attach-handles.ts";
import { ANSWER } from "./auto-answer.ts";
import type { ControlContext } from "./control-messages.ts";
import { DETACH_ORDERS, REPLACE_ORDERS, type ControlStep } from "./control-orders.ts";

const OF_QUEUE: readonly ControlStep[] = ANSWER;

type Place = { readonly queue: number };
export const queueOf = ({ domains }: ControlContext, hwpt: number | null): number | null =>
  hwpt === null ? null : ((domains[hwpt]!.handler as Place | null)?.queue ?? null);

/** The attach handle of the group, and the one that the ioctl makes. */
export const oldAttachment = ({ domains, attached, idev }: ControlContext): Attachment => ({
  pasid: 0,
  domain: domains[attached ?? 0]!,
  idev: idev ?? 0,
});
export const newAttachment = ({ domains, target, self }: ControlContext): Attachment => ({
  pasid: 0,
  domain: domains[target ?? 0]!,
  idev: self,
});
export const oldHandle = (context: ControlContext): AttachHandle =>
  attachHandle(context.iommuGroup, oldAttachment(context));

/** The queue that is searched for unanswered groups, or null. */
export function searched(context: ControlContext): number | null {
  const { op, rules, attached, target, queue } = context;
  if (op === "destroy") return queue;
  return queueOf(context, op === "replace" && rules.replaceAnswers === "new-queue" ? target : attached);
}

/** Steps that are needed, by what the domains before and after have. */
function needed(context: ControlContext, steps: readonly ControlStep[]): readonly ControlStep[] {
  const old = queueOf(context, context.attached) !== null;
  const answers = searched(context) !== null;
  return steps.filter((step) => {
    if (OF_QUEUE.includes(step)) return answers;
    if (step === "remove" || step === "unref") return old;
    return true;
  });
}

/** Whether the device of the ioctl is the only one that is attached: the first to attach, or the last to detach. */
const isAlone = ({ members, self }: ControlContext): boolean => members.every((member) => member === self);

export function plan(context: ControlContext): readonly ControlStep[] {
  const { op, rules, attached, target, members, allocations } = context;
  const adds = queueOf(context, target) !== null && queueOf(context, attached) === null;
  const enables: readonly ControlStep[] = [
    ...(allocations === "may-fail" ? (["allocate"] as const) : []),
    ...(adds ? (["add"] as const) : []),
  ];
  const disables: readonly ControlStep[] =
    queueOf(context, attached) !== null && queueOf(context, target) === null ? ["remove"] : [];
  switch (op) {
    case "attach":
      return members.length > 0 ? [] : [...enables, "insert", "switch"];
    case "replace":
      return target === attached ? [] : [...enables, ...needed(context, REPLACE_ORDERS[rules.replace]), ...disables];
    case "detach":
      return isAlone(context) ? needed(context, DETACH_ORDERS[rules.detach]) : [];
    case "destroy":
      return ["answer", "destroy"];
    case "none":
      return [];
  }
}

/** What the ioctl returns at once, or 0. */
export function refusal({ op, attached, target, members, self }: ControlContext): number {
  if (op === "attach") return attached !== null && attached !== target ? EINVAL : OK;
  return op === "replace" && !members.includes(self) ? EINVAL : OK;
}

/** iommufd_fault_iopf_enable(): an error, or whether the driver is called. */
export function enabling({ virtualFunctions, enabled, self }: ControlContext): "refused" | "counted" | "calls" {
  if (virtualFunctions.includes(self)) return "refused";
  return enabled.includes(self) ? "counted" : "calls";
}

/** Whether the next step allocates memory that may be missing. */
export function allocates(context: ControlContext): boolean {
  const [step] = context.left;
  if (context.allocations === "succeed") return false;
  return step === "allocate" || (step === "add" && enabling(context) === "calls");
}

export const counted = (enabled: readonly number[], device: number): readonly number[] =>
  [...enabled, device].sort((a, b) => a - b);
export const uncounted = (enabled: readonly number[], device: number): readonly number[] =>
  enabled.toSpliced(enabled.indexOf(device), 1);

/** The steps that undo what was done before `step` failed. */
export const wayBack = (context: ControlContext, step: ControlStep | undefined): readonly ControlStep[] =>
  step === "insert" && queueOf(context, context.target) !== null ? ["remove"] : [];

/** References to HWPTs that the ioctl leaves behind: how many more of the new one, and fewer of the old one. */
export function moved({ op, result, members, self }: ControlContext): { readonly to: number; readonly from: number } {
  if (result !== OK) return { to: 0, from: 0 };
  if (op === "attach") return { to: 1, from: 0 };
  if (op === "replace") return { to: members.length, from: members.length };
  return { to: 0, from: op === "detach" && members.includes(self) ? 1 : 0 };
}

/** What is attached after the ioctl. */
export function settled(context: ControlContext): Pick<ControlContext, "attached" | "members" | "idev"> {
  const { op, result, attached, target, members, idev, self } = context;
  const stays = { attached, members, idev };
  if (result !== OK) return stays;
  if (op === "attach") {
    return { attached: target, members: [...members, self], idev: members.length > 0 ? idev : self };
  }
  if (op === "replace") return target === attached ? stays : { attached: target, members, idev: self };
  if (op !== "detach") return stays;
  return isAlone(context)
    ? { attached: null, members: [], idev: null }
    : { attached, members: members.filter((member) => member !== self), idev };
}
