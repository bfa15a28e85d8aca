/**
 * A thread in a call of iommufd: an ioctl, an mmap(), or a close(). It takes one step after the other of the list of its
 * call, and undoes them when one fails.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/main.c: iommufd_fops_ioctl() with ucmd->new_obj, iommufd_object_abort_and_destroy(),
 *         iommufd_fops_release() (J2 to J9b). call-plans.ts and call-branches.ts have the lists, by ioctl.
 *         Each step may come at any time after the one before it, so that several threads interleave between steps.
 * Omits   Locks of attaching, and of areas (call-plans.ts). There only look-ups, counts and the waits for short users exclude.
 */
import { setup } from "xstate";
import { linuxAt } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { OK } from "../../../include/iommu.ts";
import { NO_GROUP, sweptSteps } from "./call-branches.ts";
import type { Known } from "./call-destroys.ts";
import { doneAfter, expanded, failures, unwound } from "./call-next.ts";
import { CALLS_7_3, type CallRules } from "./call-rules.ts";
import { callThreadSays, type Answers, type CallThreadEmits, type Facts, type Names } from "./call-messages.ts";
import { planOf, type Args, type CallName } from "./call-plans.ts";
import { messageOf } from "./call-questions.ts";
import type { Step } from "./call-steps.ts";
import type { Named, ObjectKind, ObjectTableEmits } from "./object-messages.ts";

const MAIN = "drivers/iommu/iommufd/main.c";

export interface CallThreadContext extends Known {
  readonly name: string;
  /** How many calls are still to come; null: any number. */
  readonly calls: number | null;
  readonly call: CallName | "none";
  /** The first memory that each allocation of the call may get, by role. */
  readonly memory: Args;
  readonly ids: { readonly [role: string]: number };
  readonly now: Step | null;
  readonly left: readonly Step[];
  readonly done: readonly Step[];
  readonly result: number;
}

const nothing = {
  call: "none",
  args: {},
  memory: {},
  found: {},
  facts: {},
  ids: {},
  answer: OK,
  now: null,
  left: [],
  done: [],
  result: OK,
} as const;

type Begins = {
  readonly type: "call.begins";
  readonly call: CallName;
  readonly args: Args;
  readonly memory: Args;
  /** Objects that the caller has at hand, as a file has its queue. */
  readonly names: Names;
};

const s = setup({
  types: {
    context: {} as CallThreadContext,
    events: {} as
      | Begins
      | { readonly type: "thread.steps" }
      | { readonly type: "thread.fails"; readonly error: number }
      | ObjectTableEmits
      | Answers
      /** A fault queue hands over the next group; null: none is left. */
      | { readonly type: "answer.taken"; readonly group: number | null; readonly device: number }
      /** iommu_report_device_fault() returns. */
      | { readonly type: "reported" },
    emitted: {} as CallThreadEmits,
    input: {} as { readonly name: string; readonly rules?: CallRules; readonly calls?: number },
  },
  guards: {
    hasCalls: ({ context }) => context.calls !== 0,
    isDone: ({ context }) => expanded(context).length === 0,
    waits: ({ context }) => {
      const [step] = expanded(context);
      return step?.do === "ask" && step.waits === true;
    },
    canFail: ({ context, event }) => context.result === OK && failures(expanded(context)[0]).includes(errorOf(event)),
    isTold: ({ context, event }) => {
      const [step] = expanded(context);
      return step?.do === "ask" && step.told === true && failures(step).includes(errorOf(event));
    },
  },
});

const errorOf = (event: object): number => Number((event as { readonly error?: number }).error);

const fails = (context: CallThreadContext, result: number): Partial<CallThreadContext> =>
  context.result === OK ? { result, left: unwound(context.done), done: [] } : {};

const acts = s.enqueueActions(({ context, event, enqueue }) => {
  const [step, ...left] = expanded(context);
  if (step!.do === "refuse") {
    enqueue.assign(fails(context, step!.error));
    return;
  }
  const isBack = context.result !== OK;
  const found = step!.do === "allocate" ? { ...context.found, [step!.as]: newObject(context, step!) } : context.found;
  enqueue.assign({ now: step!, left, found, done: isBack ? context.done : doneAfter(context, step!) });
  const message = messageOf({ ...context, found }, step!, event.type === "thread.fails");
  if (message) enqueue.emit(message);
});

const newObject = ({ memory }: CallThreadContext, { as, kind }: Extract<Step, { readonly do: "allocate" }>): Named => ({
  kind,
  at: memory[as] ?? 0,
});

const isRefused = s.assign(({ context, event }) => fails(context, errorOf(event)));

/** An HWPT, whatever its kind, has one role. */
const roleOf = (kind: ObjectKind): string => (kind === "hwpt-paging" || kind === "hwpt-nested" ? "hwpt" : kind);

const finds = s.assign(({ context, event }) => {
  if (event.type !== "object.found" || context.now?.do !== "look-up") return {};
  const { as, error } = context.now;
  const { kind, at } = event;
  if (kind === null) return fails({ ...context, done: context.done.slice(0, -1) }, error);
  const named = { kind, at };
  return { found: { ...context.found, [roleOf(kind)]: named, [as]: named } };
});

/** The last step was refused, and did nothing. */
const refused = (context: CallThreadContext, result: number): Partial<CallThreadContext> =>
  fails({ ...context, done: context.done.slice(0, -1) }, result);

const isAnsweredByTable = s.assign(({ context, event }) => {
  if (event.type !== "object.answered" || !context.now) return {};
  const { now, left, found, ids } = context;
  const { result, kind, at, id } = event;
  const named = kind === null ? null : { kind, at: at! };
  if (now.do === "sweep")
    return {
      answer: result,
      left: [...sweptSteps(now, result, id), ...left],
      found: { ...found, swept: named },
      ids: { ...ids, swept: id },
    };
  if (now.do === "remove")
    return result === OK
      ? { found: { ...found, [now.as]: named }, ids: { ...ids, [now.as]: id } }
      : refused(context, result);
  const isLocked = now.do !== "lock" || result === OK;
  if (now.do === "leave" || now.do === "lock")
    return {
      answer: result,
      ids: { ...ids, [now.of]: id },
      ...(isLocked ? {} : { done: context.done.slice(0, -1) }),
    };
  return now.do === "put-wait" ? {} : { answer: result };
});

const isAnswered = s.assign(({ context, event }) => {
  if (event.type !== "call.answered" && event.type !== "object.described") return {};
  const facts: Facts = { ...context.facts, ...event.facts };
  const takes = context.now?.do === "ask" ? context.now.takes : undefined;
  const told = event.type === "object.described" ? Object.entries(event.names) : [];
  const names = told.filter(([role]) => takes === undefined || takes.includes(role));
  const found = { ...context.found, ...Object.fromEntries(names) };
  const known = { facts, found, answer: event.result };
  const isSoft = context.now?.do === "ask" && context.now.soft === true;
  return event.result === OK || isSoft ? known : { ...known, ...refused(context, event.result) };
});

const takesGroup = s.assign({
  facts: ({ context, event }) =>
    event.type === "answer.taken"
      ? { ...context.facts, group: event.group ?? NO_GROUP, faulted: event.device }
      : context.facts,
});

const hasId = s.assign(({ context: { now, ids, found }, event }) =>
  event.type === "object.allocated" && now?.do === "allocate"
    ? { ids: { ...ids, [now.as]: event.id }, found: { ...found, [now.as]: { kind: now.kind, at: event.at } } }
    : {},
);

const begins = s.assign(({ context, event }) => {
  if (event.type !== "call.begins") return {};
  const { call, args, memory, names } = event;
  const calls = context.calls === null ? null : context.calls - 1;
  return { ...nothing, calls, call, args, memory, found: names, left: planOf(call, args) };
});

const returns = s.enqueueActions(({ context, enqueue }) => {
  const { name, call, result, ids, facts } = context;
  enqueue.assign(nothing);
  enqueue.emit({ type: "call.returned", by: name, call, result, ids, facts });
});

export const callThread = s.createMachine({
  id: "call-thread",
  description: "a thread in a call of iommufd",
  meta: {
    origin: linuxAt("7.3.4", MAIN, "iommufd_fops_ioctl"),
    lane: "{name}: a thread of the program that uses iommufd",
    messages: callThreadSays,
  },
  context: ({ input: { name, rules = CALLS_7_3, calls = null } }) => ({ ...nothing, name, rules, calls }),
  initial: "outside",
  states: {
    outside: {
      description: "outside of the kernel",
      on: {
        "call.begins": { description: "begins {call}", guard: "hasCalls", target: "inside", actions: begins },
      },
    },
    inside: {
      description: "in {call}",
      on: {
        "thread.steps": [
          { description: "returns", guard: "isDone", target: "outside", actions: returns },
          {
            description: "enters the IOPF core from {call}",
            meta: { listed: true },
            guard: "waits",
            target: "reporting",
            actions: acts,
          },
          { description: "takes step {left.0.do} of {call}", meta: { listed: true }, actions: acts },
        ],
        "thread.fails": [
          {
            description: "takes step {left.0.do} of {call} without memory",
            guard: "isTold",
            actions: acts,
          },
          { description: "fails at step {left.0.do} of {call}", guard: "canFail", actions: isRefused },
        ],
        "object.allocated": { actions: hasId },
        "object.found": { actions: finds },
        "object.answered": { actions: isAnsweredByTable },
        "call.answered": { actions: isAnswered },
        "object.described": { actions: isAnswered },
        "answer.taken": { actions: takesGroup },
      },
    },
    reporting: {
      description: "is inside iommu_report_device_fault()",
      meta: { origin: linuxAt("7.3.4", "drivers/iommu/io-pgfault.c", "iommu_report_device_fault") },
      on: { reported: "inside" },
    },
  },
});

export const callSteps: readonly Message[] = [{ type: "thread.steps" }];
