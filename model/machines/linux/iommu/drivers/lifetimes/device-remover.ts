/**
 * Whoever turns the page faults of a device on and off, releases the device, and lets it come back.
 *
 * Models  iopf-core 1.4 and 2.1: see orders.ts for the steps. The order is data.
 * Omits   drains and flushes (study teardown): here a request may come at any moment, also of a device that is gone, so
 *         that only locks and references protect. The lock of the IOPF queue: one thread does all of this.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import {
  autoAnswer,
  queueMessages,
  takesAny,
  type AutoAnswerSays,
  type ParamChanges,
} from "../../iommufd/fault/auto-answer.ts";
import {
  DISABLE_ORDERS,
  ENABLE,
  PROBE,
  RELEASE_ORDERS,
  type DisableOrder,
  type LifetimeStep,
  type ReleaseOrder,
} from "./lifetime-orders.ts";

export interface DeviceRemoverRules {
  readonly disable: DisableOrder;
  readonly release: ReleaseOrder;
}

export interface DeviceRemoverContext {
  readonly rules: DeviceRemoverRules;
  readonly present: boolean;
  readonly enabled: boolean;
  readonly op: "none" | "disable" | "enable" | "release" | "probe";
  readonly left: readonly LifetimeStep[];
  /** Of a group that it answers for user space. */
  readonly group: number | null;
  readonly answered: boolean;
}

export type DeviceRemoverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: "remover"; readonly lock: string }
  | ParamChanges
  | { readonly type: "param.awaits-unnamed"; readonly device: 0 }
  | { readonly type: "device.is-listed" | "device.is-unlisted" | "device.frees-data" }
  | { readonly type: "object.begins" | "object.puts"; readonly by: "core" }
  | AutoAnswerSays;

const s = setup({
  types: {
    context: {} as DeviceRemoverContext,
    events: {} as
      | { readonly type: "remover.disables" | "remover.enables" | "remover.releases" | "remover.probes" }
      | { readonly type: "remover.steps" }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as DeviceRemoverEmits,
    input: {} as DeviceRemoverRules,
  },
  guards: {
    answers: ({ context }) => context.left[0] === "answer",
    isOver: ({ context }) => context.left.length === 0,
    isOn: ({ context }) => context.present && context.enabled,
    isOff: ({ context }) => context.present && !context.enabled,
    isPresent: ({ context }) => context.present,
    isGone: ({ context }) => !context.present,
  },
});

const MESSAGES: { readonly [step in Exclude<LifetimeStep, "answer">]: DeviceRemoverEmits } = {
  lock: { type: "lock.acquires", owner: "remover", lock: "report-lock" },
  unlock: { type: "lock.releases", owner: "remover", lock: "report-lock" },
  ...queueMessages("remover", { lock: "fault-mutex" }),
  "await-unnamed": { type: "param.awaits-unnamed", device: 0 },
  list: { type: "device.is-listed" },
  unlist: { type: "device.is-unlisted" },
  "free-data": { type: "device.frees-data" },
  put: { type: "object.puts", by: "core" },
};

const says = s.enqueueActions(({ context, enqueue }) => {
  const step = context.left[0]!;
  if (step !== "answer") enqueue.emit(MESSAGES[step]);
});
const goesOn = s.assign({ left: ({ context }) => context.left.slice(1) });
const answers = s.enqueueActions(({ context, enqueue }) => {
  const { says: message, becomes } = autoAnswer(context, takesAny("remover"));
  enqueue.emit(message);
  enqueue.assign(becomes);
});
const ends = s.assign(({ context: { op, present, enabled } }) => ({
  op: "none" as const,
  present: op === "probe" || (present && op !== "release"),
  enabled: op === "enable" || (enabled && op !== "disable" && op !== "release"),
}));

/** Without the parameters on the queue there is nothing to remove. */
const releasing = ({ rules, enabled }: DeviceRemoverContext): readonly LifetimeStep[] =>
  RELEASE_ORDERS[rules.release].filter((step) => enabled || step !== "remove");

export const deviceRemover = s.extend({ actions: { says, goesOn, answers, ends } }).createMachine({
  id: "device-remover",
  context: ({ input }) => ({
    rules: input,
    present: true,
    enabled: true,
    op: "none",
    left: [],
    group: null,
    answered: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "remover.disables": {
          guard: "isOn",
          target: "working",
          actions: assign({ op: "disable", left: ({ context }) => DISABLE_ORDERS[context.rules.disable] }),
        },
        "remover.enables": { guard: "isOff", target: "working", actions: assign({ op: "enable", left: ENABLE }) },
        "remover.releases": {
          guard: "isPresent",
          target: "working",
          actions: assign({ op: "release", left: ({ context }) => releasing(context) }),
        },
        "remover.probes": {
          guard: "isGone",
          target: "working",
          actions: [assign({ op: "probe", left: PROBE }), s.emit({ type: "object.begins", by: "core" })],
        },
      },
    },
    working: {
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "remover.steps": [{ guard: "answers", actions: "answers" }, { actions: ["says", "goesOn"] }],
        "answer.taken": [
          { guard: ({ event }) => event.group === null, actions: "goesOn" },
          { actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
  },
});

export const deviceRemoverSteps: readonly Message[] = [{ type: "remover.steps" }];
