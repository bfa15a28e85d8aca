/** What the steps of the thread that attaches and destroys HWPTs (control-thread.ts) say, and what becomes of the thread. */
import { EINVAL, ENOMEM, OK } from "../../../include/iommu.ts";
import { autoAnswer, queueMessages, type TakesNext } from "./auto-answer.ts";
import type { ControlContext, ControlEmits, ControlEvent } from "./control-messages.ts";
import type { ControlStep } from "./control-orders.ts";
import * as planned from "./control-plan.ts";

/** What a step says, and what becomes of the thread. */
export type Outcome = { readonly says: readonly ControlEmits[]; readonly becomes: Partial<ControlContext> };

export const IDLE = { op: "none", self: 0, target: null, queue: null, left: [], result: OK } as const;

/** The ioctl of the event, before its first step. */
function begun(context: ControlContext, event: ControlEvent): ControlContext {
  switch (event.type) {
    case "control.attaches":
      return { ...context, op: "attach", self: event.device, target: event.hwpt };
    case "control.replaces":
      return { ...context, op: "replace", self: event.device, target: event.hwpt };
    case "control.detaches":
      return { ...context, op: "detach", self: event.device };
    case "control.destroys":
      return { ...context, op: "destroy", queue: event.queue };
    case "control.creates":
    case "control.steps":
    case "control.allocates":
    case "answer.taken":
    case "queue.claimed":
    case "param.added":
    case "handle.changed":
    case "hwpt.found":
    case "hwpt.got":
    case "device.unbinds":
      return context;
  }
}

/** The ioctl returns. */
function finished(context: ControlContext): Outcome {
  const { op, result, attached, target, name: by } = context;
  const { to, from } = planned.moved(context);
  return {
    says: [
      ...Array.from({ length: to }, () => ({ type: "hwpt.gets" as const, hwpt: target!, by })),
      ...Array.from({ length: from }, () => ({ type: "hwpt.puts" as const, hwpt: attached! })),
      { type: "control.returns", by, result: op === "detach" ? null : result },
    ],
    becomes: { ...IDLE, ...planned.settled(context) },
  };
}

/** The fault queue of the HWPT that the ioctl names. */
const namedQueue = (context: ControlContext): number | null =>
  context.op === "attach" || context.op === "replace" ? planned.queueOf(context, context.target) : null;

/** The ioctl fails: what was done is undone, and the error is returned. */
function failed(context: ControlContext, result: number, at?: ControlStep): Outcome {
  const queue = namedQueue(context);
  const says: readonly ControlEmits[] = queue === null ? [] : [{ type: "queue.unrefs", queue }];
  const left = planned.wayBack(context, at);
  if (left.length > 0) return { says, becomes: { left, result } };
  const end = finished({ ...context, result });
  return { says: [...says, ...end.says], becomes: end.becomes };
}

/** iommufd_fault_iopf_enable() */
function enables(context: ControlContext, memory: "some" | "none"): Outcome {
  const { self: device, enabled } = context;
  const driver = planned.enabling(context);
  if (driver === "refused") return failed(context, EINVAL);
  return {
    says:
      driver === "calls"
        ? [{ type: "param.adds", device, queue: 0, ...(memory === "none" ? { memory } : {}) }]
        : [{ type: "iopf.counted", device, turns: "on" }],
    becomes: { enabled: planned.counted(enabled, device) },
  };
}

/** iommufd_fault_iopf_disable() */
function disables({ self: device, enabled }: ControlContext): Outcome {
  if (!enabled.includes(device))
    return { says: [{ type: "kernel.warns", device, in: "iommufd_fault_iopf_disable" }], becomes: {} };
  const left = planned.uncounted(enabled, device);
  return {
    says: left.includes(device)
      ? [{ type: "iopf.counted", device, turns: "off" }]
      : [{ type: "param.removes", device, queue: 0 }],
    becomes: { enabled: left },
  };
}

/** The groups that are answered. */
function takesNext(context: ControlContext): TakesNext {
  const { op, rules, name: by } = context;
  const queue = planned.searched(context)!;
  if (op === "destroy")
    return { type: "answers.takes-next", queue, by, handle: null, first: "oldest", only: rules.destroyAnswers };
  return {
    type: "answers.takes-next",
    queue,
    by,
    handle: planned.oldHandle(context),
    first: "newest",
    only: "all",
    lists: "own",
  };
}

/** The messages of a step. */
function messagesOf(step: Exclude<ControlStep, "answer" | "add" | "remove">, context: ControlContext): ControlEmits[] {
  const { attached, target, name } = context;
  const queue = planned.searched(context)!;
  switch (step) {
    case "allocate":
      return [];
    case "unref":
      return [{ type: "queue.unrefs", queue: planned.queueOf(context, attached)! }];
    case "lock-queue":
      return [
        queueMessages(name, { queue })[step],
        { type: "answers.gathers", queue, handle: planned.oldHandle(context) },
      ];
    case "unlock-queue":
      return [queueMessages(name, { queue })[step]];
    case "insert":
      return [{ type: "handle.inserts", ...planned.newAttachment(context), by: name }];
    case "store":
      return [{ type: "handle.replaces", ...planned.newAttachment(context), by: name }];
    case "erase":
      return [{ type: "handle.erases", pasid: 0, by: name }];
    case "free":
      return [{ type: "handle.frees", ...planned.oldAttachment(context) }];
    case "switch":
      return [{ type: "intake.opens", domain: target! }];
    case "block":
      return [{ type: "intake.blocks" }];
    case "drain":
      return [{ type: "intake.drains" }];
    case "await":
      return [{ type: "intake.awaits" }];
    case "destroy":
      return [{ type: "queue.destroys", queue: context.queue! }];
  }
}

export function outcome(context: ControlContext, memory: "some" | "none"): Outcome {
  const [step, ...left] = context.left;
  if (step === undefined) return { says: [], becomes: {} };
  if (step === "answer") {
    const { says, becomes } = autoAnswer(context, takesNext(context));
    return { says: [says], becomes };
  }
  if (memory === "none" && step === "allocate") {
    const where = context.op === "attach" ? "iommufd_hwpt_attach_device" : "iommufd_hwpt_replace_device";
    const { says, becomes } = failed(context, ENOMEM);
    return { says: [{ type: "allocation.fails", device: context.self, in: where }, ...says], becomes };
  }
  const taken =
    step === "add"
      ? enables(context, memory)
      : step === "remove"
        ? disables(context)
        : { says: messagesOf(step, context), becomes: {} };
  if ("op" in taken.becomes) return taken;
  const next: ControlContext = { ...context, ...taken.becomes, left };
  if (left.length > 0) return { says: taken.says, becomes: { ...taken.becomes, left } };
  const end = finished(next);
  return { says: [...taken.says, ...end.says], becomes: { ...taken.becomes, ...end.becomes } };
}

/** The ioctl begins. It looks up the HWPT that it names before anything else. */
export function starts(context: ControlContext, event: ControlEvent): Outcome {
  const next = begun(context, event);
  const { op, self, target: hwpt, name: by } = next;
  if (next.hwpts === "implied" || hwpt === null) return goesOn(next);
  return { says: [{ type: "hwpt.looks-up", hwpt, by }], becomes: { op, self, target: hwpt } };
}

/** The ioctl is refused, has nothing to do, or has steps. The HWPT holds a reference to its fault queue. */
export function goesOn(next: ControlContext): Outcome {
  const result = planned.refusal(next);
  const left = planned.plan(next);
  if (result !== OK || left.length === 0) return finished({ ...next, result });
  const { op, self, target, queue } = next;
  const named = namedQueue(next);
  return {
    says: [
      ...(named === null ? [] : [{ type: "queue.refs" as const, queue: named }]),
      ...(queue === null ? [] : [{ type: "queue.claims" as const, queue, by: next.name }]),
    ],
    becomes: { op, self, target, queue, left },
  };
}

const resultOf = (event: ControlEvent): number => ("result" in event ? event.result : OK);

/** The object is in use, or is not there. */
export const isRefused = (context: ControlContext, event: ControlEvent): Outcome =>
  finished({ ...context, result: resultOf(event) });

/** The driver has not enabled page faults. */
export function isNotEnabled(context: ControlContext, event: ControlEvent): Outcome {
  const enabled = planned.uncounted(context.enabled, context.self);
  const { says, becomes } = failed({ ...context, enabled }, resultOf(event));
  return { says, becomes: { enabled, ...becomes } };
}

/** The group has an attach handle already. */
export const isNotInserted = (context: ControlContext, event: ControlEvent): Outcome =>
  failed(context, resultOf(event), "insert");
