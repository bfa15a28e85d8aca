/**
 * The thread of user space that attaches, replaces, detaches and destroys: inside its ioctls it is a thread of the
 * kernel, which answers whatever user space has left unanswered.
 *
 * Models  Linux drivers/iommu/iommufd: iommufd_fault_domain_attach_dev(), _replace_dev(), _detach_dev(),
 *         iommufd_auto_response_faults(), iommufd_fault_destroy() (iopf-core 3.2, 1.4; L5, I12, I17), for one device of a
 *         group of its own. Its ioctls take the lock of the group, so one thread stands for all.
 * Omits   attachments that fail, several devices of a group (D9), PASIDs.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import {
  DETACH_ORDERS,
  REPLACE_ORDERS,
  type ControlStep,
  type DetachOrder,
  type ReplaceOrder,
} from "./control-orders.ts";
import {
  ANSWER,
  autoAnswer,
  queueMessages,
  type AutoAnswerSays,
  type ParamChanges,
  type TakesNext,
} from "./auto-answer.ts";

export interface ControlRules {
  readonly detach: DetachOrder;
  readonly replace: ReplaceOrder;
  /** Which queue is searched for groups of the old attach handle (B13, B-28). */
  readonly replaceAnswers: "old-queue" | "new-queue";
  /** B19: whether groups that user space has read are answered when the fault object goes. */
  readonly destroyAnswers: "all" | "delivered";
}

export interface ControlInput {
  readonly rules: ControlRules;
  /** By HWPT. */
  readonly domains: readonly Domain[];
  readonly attached: number | null;
}

export interface ControlContext extends Omit<ControlInput, "attached"> {
  readonly attached: number | null;
  readonly op: "none" | "attach" | "replace" | "detach" | "destroy";
  readonly target: number | null;
  /** The fault object that is destroyed. */
  readonly queue: number | null;
  readonly left: readonly ControlStep[];
  /** A group that it has taken to answer it. */
  readonly group: number | null;
  readonly answered: boolean;
}

export type ControlEmits =
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" }
  | { readonly type: "handle.inserts" | "handle.replaces" | "handle.frees"; readonly pasid: 0; readonly domain: Domain }
  | { readonly type: "handle.erases"; readonly pasid: 0 }
  | ParamChanges
  | { readonly type: "queue.refs" | "queue.unrefs"; readonly queue: number }
  | { readonly type: "queue.claims" | "queue.destroys" | "queue.creates"; readonly queue: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | AutoAnswerSays;

const OF_QUEUE: readonly ControlStep[] = ANSWER;

type Place = { readonly queue: number };
const queueOf = (context: ControlContext, hwpt: number | null): number | null =>
  hwpt === null ? null : ((context.domains[hwpt]!.handler as Place | null)?.queue ?? null);

/** The queue that is searched for unanswered groups; null: none is. */
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
/** The HWPT refers to its fault queue, which therefore exists. */
const refers = s.enqueueActions(({ context, event, enqueue }) => {
  const queue = "hwpt" in event ? queueOf(context, event.hwpt) : null;
  if (queue !== null) enqueue.emit({ type: "queue.refs", queue });
});
function planned(context: ControlContext, begun: Partial<ControlContext>): Partial<ControlContext> {
  const next = { ...context, ...begun };
  return { ...begun, left: plan(next) };
}

/** What a step says; `answer` is a loop of its own. */
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

/** What is attached when the last step was taken. */
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

/** Whose groups are answered. */
function takesNext(context: ControlContext): TakesNext {
  const { op, rules, attached } = context;
  const queue = searched(context)!;
  const isEnd = op === "destroy";
  const only = isEnd ? rules.destroyAnswers : "all";
  return { type: "answers.takes-next", queue, by: "control", hwpt: isEnd ? null : attached, only };
}

export const controlThread = s.extend({ actions: { begins, refers, steps } }).createMachine({
  id: "control-thread",
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
      on: {
        "control.attaches": { guard: "canAttach", target: "working", actions: ["refers", "begins"] },
        "control.replaces": { guard: "canReplace", target: "working", actions: ["refers", "begins"] },
        "control.detaches": { guard: "canDetach", target: "working", actions: "begins" },
        "control.destroys": {
          target: "working",
          actions: [
            "begins",
            s.emit(({ event }) => ({ type: "queue.claims", queue: (event as unknown as Place).queue })),
          ],
        },
        "control.creates": {
          actions: s.emit(({ event }) => ({ type: "queue.creates", queue: (event as unknown as Place).queue })),
        },
      },
    },
    working: {
      always: { guard: "isIdle", target: "idle" },
      on: {
        "control.steps": { actions: "steps" },
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
