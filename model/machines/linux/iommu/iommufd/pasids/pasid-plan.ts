/** What a call that attaches, replaces or detaches the HWPT of a PASID does: its steps, and the way back from a failed one. */
import { attachHandle, type AttachHandle, type Attachment, type Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import { ANSWER } from "../fault/auto-answer.ts";
import {
  PASID_ATTACH_ORDERS,
  PASID_DETACH_ORDERS,
  PASID_REPLACE_ORDERS,
  type PasidRules,
  type PasidStepName,
} from "./pasid-orders.ts";

/** A step, and the HWPT that it is about. */
export interface PasidStep {
  readonly do: PasidStepName;
  readonly hwpt: number | null;
}

export interface PasidCall {
  readonly rules: PasidRules;
  /** By HWPT. */
  readonly domains: readonly Domain[];
  readonly call: "none" | "attach" | "replace" | "detach";
  readonly pasid: number;
  readonly old: number | null;
  readonly hwpt: number | null;
}

/** The handle is made by the device that calls. */
export const attachmentOf = ({ domains }: PasidCall, pasid: number, hwpt: number): Attachment => ({
  pasid,
  domain: domains[hwpt]!,
  idev: 0,
});
export const handleOf = (call: PasidCall, hwpt: number): AttachHandle =>
  attachHandle(0, attachmentOf(call, call.pasid, hwpt));

const OF_QUEUE: readonly PasidStepName[] = ANSWER;
const OF_OLD: readonly PasidStepName[] = ["disable", "clear", "drain", "erase", "free"];
const step = (does: PasidStepName, hwpt: number | null): PasidStep => ({ do: does, hwpt });

const hasQueue = ({ domains }: PasidCall, hwpt: number | null): boolean =>
  hwpt !== null && domains[hwpt]!.handler !== null;

function orderOf({ call, rules }: PasidCall): readonly PasidStepName[] {
  if (call === "attach") return PASID_ATTACH_ORDERS[rules.attach];
  if (call === "detach") return PASID_DETACH_ORDERS[rules.detach];
  const order: readonly PasidStepName[] = PASID_REPLACE_ORDERS[rules.replace];
  if (rules.counts === "kept") return order.filter((one) => one !== "disable");
  if (rules.counts === "never-new") return order.filter((one) => one !== "enable");
  return rules.counts === "old-first" ? ["disable", ...order.filter((one) => one !== "disable")] : order;
}

/** The HWPT whose handle is searched for unanswered groups. */
const searched = ({ rules, call, old, hwpt }: PasidCall): number | null =>
  rules.answers === "new-handle" && call === "replace" ? hwpt : old;

export function planOf(call: PasidCall): readonly PasidStep[] {
  return orderOf(call)
    .map((does) => {
      if (OF_QUEUE.includes(does)) return step(does, searched(call));
      return step(does, OF_OLD.includes(does) ? call.old : call.hwpt);
    })
    .filter(({ do: does, hwpt }) => {
      const ofFaults = OF_QUEUE.includes(does) || does === "enable" || does === "disable";
      return !ofFaults || hasQueue(call, hwpt);
    });
}

/** Steps that can fail: memory is missing, a device cannot use the HWPT. */
export const canFail = ({ rules, call }: PasidCall, { do: does }: PasidStep): boolean =>
  call !== "detach" &&
  (does === "enable" ||
    does === "check" ||
    does === "others" ||
    (does === "set" && call === "replace" && rules.failedSet === "blocks"));

/** Whether the driver drains what it blocks. */
const drains = ({ rules }: PasidCall): boolean =>
  (PASID_DETACH_ORDERS[rules.detach] as readonly PasidStepName[]).includes("drain");
const blocks = (call: PasidCall, hwpt: number | null): readonly PasidStep[] => [
  step("clear", hwpt),
  ...(drains(call) ? [step("drain", hwpt)] : []),
];

/** What a failed call undoes. */
export function wayBack(call: PasidCall, done: readonly PasidStep[]): readonly PasidStep[] {
  const { old, hwpt, rules } = call;
  const did = (name: PasidStepName): boolean => done.some(({ do: does }) => does === name);
  const again = did("disable") ? [step("enable", old)] : [];
  const uncounts = did("enable") ? [step("disable", hwpt)] : [];
  const frees = rules.failedHandle === "freed" ? [step("free", hwpt)] : [];
  if (call.call === "attach") {
    return [
      ...(did("set") ? blocks(call, hwpt) : []),
      ...uncounts,
      ...(did("store") ? [step("erase", hwpt)] : []),
      ...frees,
    ];
  }
  /** The driver attaches the old HWPT again; one that changes an entry in one step has nothing to clear. */
  const restores = did("set") ? [...(did("clear") ? blocks(call, hwpt) : []), step("set", old)] : [];
  return [...again, ...uncounts, ...restores, ...frees];
}
