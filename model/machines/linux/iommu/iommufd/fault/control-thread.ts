/**
 * The thread of user space that attaches, replaces, detaches and destroys HWPTs with a fault queue. Inside its ioctls it is
 * a thread of the kernel, which answers the faults that user space has left unanswered.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_domain_attach_dev(), iommufd_fault_domain_replace_dev(),
 *         iommufd_fault_domain_detach_dev(), iommufd_auto_response_faults(), iommufd_fault_destroy() (iopf-core 3.2, 1.4;
 *         L5: they terminate although user space never answers; I12: no group names a freed attach handle; I17: a fault
 *         is resolved under the domain that it was accepted under). The device is alone in its group. Attach,
 *         replace and detach hold igroup->lock, and a fault queue is destroyed only when no HWPT refers to it, so one
 *         thread stands for all.
 * Omits   Attachments that fail, and several devices of a group (D9: the attach handle names the device that attached
 *         first), which linux/iommu/iommufd/attach/attach-thread.ts has. PASIDs.
 */
import { assign, setup } from "xstate";
import { atWill, linux612 } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { controlSays, type ControlContext, type ControlEmits, type ControlInput } from "./control-messages.ts";
import { DETACH_ORDERS, REPLACE_ORDERS, type ControlStep } from "./control-orders.ts";
import { ANSWER, autoAnswer, queueMessages, type TakesNext } from "./auto-answer.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const MAIN = "drivers/iommu/iommufd/main.c";

const OF_QUEUE: readonly ControlStep[] = ANSWER;

type Place = { readonly queue: number };
const queueOf = (context: ControlContext, hwpt: number | null): number | null =>
  hwpt === null ? null : ((context.domains[hwpt]!.handler as Place | null)?.queue ?? null);

/** The queue that is searched for unanswered groups, or null. */
function searched(context: ControlContext): number | null {
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

function plan(context: ControlContext): readonly ControlStep[] {
  const { op, rules, attached, target } = context;
  const adds = queueOf(context, target) !== null && queueOf(context, attached) === null;
  const enables: readonly ControlStep[] = adds ? ["add"] : [];
  const disables: readonly ControlStep[] =
    queueOf(context, attached) !== null && queueOf(context, target) === null ? ["remove"] : [];
  switch (op) {
    case "attach":
      return [...enables, "insert", "switch"];
    case "replace":
      return [...enables, ...needed(context, REPLACE_ORDERS[rules.replace]), ...disables];
    case "detach":
      return needed(context, DETACH_ORDERS[rules.detach]);
    case "destroy":
      return ["answer", "destroy"];
    case "none":
      return [];
  }
}

const s = setup({
  types: {
    context: {} as ControlContext,
    events: {} as
      | { readonly type: "control.attaches" | "control.replaces"; readonly hwpt: number }
      | { readonly type: "control.detaches" | "control.steps" }
      | { readonly type: "control.destroys" | "control.creates"; readonly queue: number }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as ControlEmits,
    input: {} as ControlInput,
  },
  guards: {
    isIdle: ({ context }) => context.op === "none",
    canDetach: ({ context }) => context.op === "none" && context.attached !== null,
    canAttach: ({ context }) => context.op === "none" && context.attached === null,
    canReplace: ({ context, event }) =>
      event.type === "control.replaces" &&
      context.op === "none" &&
      context.attached !== null &&
      context.attached !== event.hwpt,
  },
});

const begins = s.assign(({ context, event }) => {
  switch (event.type) {
    case "control.attaches":
      return planned(context, { op: "attach", target: event.hwpt });
    case "control.replaces":
      return planned(context, { op: "replace", target: event.hwpt });
    case "control.detaches":
      return planned(context, { op: "detach" });
    case "control.destroys":
      return planned(context, { op: "destroy", queue: event.queue });
    case "control.steps":
    case "control.creates":
    case "answer.taken":
      return {};
  }
});
/** The HWPT holds a reference to its fault queue, which therefore exists. */
const refers = s.enqueueActions(({ context, event, enqueue }) => {
  const queue = "hwpt" in event ? queueOf(context, event.hwpt) : null;
  if (queue !== null) enqueue.emit({ type: "queue.refs", queue });
});
function planned(context: ControlContext, begun: Partial<ControlContext>): Partial<ControlContext> {
  const next = { ...context, ...begun };
  return { ...begun, left: plan(next) };
}

/** The message of a step; `answer` is a loop of its own. */
function message(step: Exclude<ControlStep, "answer">, context: ControlContext): ControlEmits {
  const { attached, target, domains } = context;
  const old = { pasid: 0 as const, domain: domains[attached ?? 0]! };
  const next = { pasid: 0 as const, domain: domains[target ?? 0]! };
  switch (step) {
    case "unref":
      return { type: "queue.unrefs", queue: queueOf(context, attached)! };
    case "add":
    case "remove":
    case "lock-queue":
    case "unlock-queue":
      return queueMessages("control", { queue: searched(context)! })[step];
    case "insert":
      return { type: "handle.inserts", ...next };
    case "store":
      return { type: "handle.replaces", ...next };
    case "erase":
      return { type: "handle.erases", pasid: 0 };
    case "free":
      return { type: "handle.frees", ...old };
    case "switch":
      return { type: "intake.opens", domain: target! };
    case "block":
      return { type: "intake.blocks" };
    case "drain":
      return { type: "intake.drains" };
    case "await":
      return { type: "intake.awaits" };
    case "destroy":
      return { type: "queue.destroys", queue: context.queue! };
  }
}

/** What is attached after the last step. */
function ends({ op, attached, target }: ControlContext): Partial<ControlContext> {
  const after = op === "destroy" ? attached : target;
  return { op: "none", attached: after, target: null, queue: null, left: [] };
}

const steps = s.enqueueActions(({ context, enqueue }) => {
  const [step, ...left] = context.left;
  if (step === undefined) return;
  if (step === "answer") {
    const { says, becomes } = autoAnswer(context, takesNext(context));
    enqueue.emit(says);
    enqueue.assign(becomes);
    return;
  }
  enqueue.emit(message(step, context));
  enqueue.assign(left.length === 0 ? ends(context) : { left });
});

/** The groups that are answered. */
function takesNext(context: ControlContext): TakesNext {
  const { op, rules, attached } = context;
  const queue = searched(context)!;
  const isEnd = op === "destroy";
  const only = isEnd ? rules.destroyAnswers : "all";
  return { type: "answers.takes-next", queue, by: "control", hwpt: isEnd ? null : attached, only };
}

export const controlThread = s.extend({ actions: { begins, refers, steps } }).createMachine({
  id: "control-thread",
  description: "the ioctls that attach, replace, detach and destroy HWPTs of one device",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_domain_replace_dev"),
    lane: "the thread that attaches and destroys HWPTs",
    messages: controlSays,
  },
  context: ({ input }) => ({
    ...input,
    op: "none",
    target: null,
    queue: null,
    left: [],
    group: null,
    answered: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "control.attaches": {
          description: "begins to attach HWPT {hwpt}",
          meta: { origin: linux612(FAULT, "iommufd_fault_domain_attach_dev") },
          guard: "canAttach",
          target: "working",
          actions: ["refers", "begins"],
        },
        "control.replaces": {
          description: "begins to replace HWPT {attached} by HWPT {hwpt}",
          meta: { origin: linux612(FAULT, "iommufd_fault_domain_replace_dev") },
          guard: "canReplace",
          target: "working",
          actions: ["refers", "begins"],
        },
        "control.detaches": {
          description: "begins to detach HWPT {attached}",
          meta: { origin: linux612(FAULT, "iommufd_fault_domain_detach_dev") },
          guard: "canDetach",
          target: "working",
          actions: "begins",
        },
        "control.destroys": {
          description: "begins to destroy fault queue {queue}",
          meta: { origin: linux612(MAIN, "iommufd_destroy") },
          target: "working",
          actions: [
            "begins",
            s.emit(({ event }) => ({ type: "queue.claims", queue: (event as unknown as Place).queue })),
          ],
        },
        "control.creates": {
          description: "makes fault queue {queue}",
          meta: { origin: linux612(FAULT, "iommufd_fault_alloc") },
          actions: s.emit(({ event }) => ({ type: "queue.creates", queue: (event as unknown as Place).queue })),
        },
      },
    },
    working: {
      description: "inside an ioctl: {op}",
      meta: { origin: atWill("user space") },
      always: { guard: "isIdle", target: "idle" },
      on: {
        "control.steps": { description: "takes the next step of the ioctl", meta: { listed: true }, actions: "steps" },
        "answer.taken": [
          {
            guard: ({ event }) => event.group === null,
            actions: assign({ left: ({ context }) => context.left.slice(1) }),
          },
          { actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
  },
});

export const controlSteps: readonly Message[] = [{ type: "control.steps" }];
