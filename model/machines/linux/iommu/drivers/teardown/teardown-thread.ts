/**
 * Whoever ends the page faults of a device: an unbind or detach, a reset, the exit of the process; and whoever gives the
 * device to its next owner.
 *
 * Models  iopf-core 2.1 and 1.4, hardware facts 1.4: see orders.ts for the steps. The order is data.
 * Omits   two teardowns of one device at a time: group->mutex excludes them, which iommu_sva_unbind_device() of 6.1 holds too
 *         (pasid_mutex would not: it is dropped inside the drain). Of another device behind the same IOMMU only the drain
 *         is there (queue-drain.ts).
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import {
  DETACH_ORDERS,
  EXIT_ORDERS,
  RESET_ORDERS,
  UNBIND_ORDERS,
  type DetachOrderName,
  type ExitOrderName,
  type ResetOrderName,
  type UnbindOrderName,
} from "./teardown-orders.ts";
import type { TeardownStep } from "./teardown-steps.ts";
import {
  ANSWER,
  autoAnswer,
  queueMessages,
  takesAny,
  type AutoAnswerSays,
  type ParamChanges,
} from "../../iommufd/fault/auto-answer.ts";

export interface TeardownRules {
  readonly detach: DetachOrderName;
  readonly reset: ResetOrderName;
  readonly exit: ExitOrderName;
  readonly unbind: UnbindOrderName;
  /** Whether user space has to answer: otherwise there is no fault queue to search. */
  readonly answers: boolean;
  /** Whether its drain is a thread of its own: only there the queue may overflow. */
  readonly settles: boolean;
}

export interface TeardownInput {
  readonly rules: TeardownRules;
  readonly owners: number;
  /** How often the device may be reset. */
  readonly resets: number;
}

export interface TeardownContext extends TeardownInput {
  readonly owner: number;
  readonly attached: boolean;
  /** The process of the owner has exited. */
  readonly exited: boolean;
  readonly op: "none" | "detach" | "reset" | "exit" | "attach";
  readonly left: readonly TeardownStep[];
  /** Of a group that it answers for user space. */
  readonly group: number | null;
  readonly answered: boolean;
}

export type TeardownEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "pri.disables" | "pri.enables" | "device.resets" }
  | { readonly type: "intake.opens"; readonly domain: number }
  | { readonly type: "intake.blocks" | "intake.drains" | "intake.awaits" | "intake.settles" }
  | { readonly type: "wire.fences" | "responses.fences" }
  | { readonly type: "param.flushes"; readonly device: 0; readonly queue: 0 }
  | ParamChanges
  | { readonly type: "handle.inserts" | "handle.frees"; readonly pasid: 0; readonly domain: Domain }
  | { readonly type: "handle.erases"; readonly pasid: 0 }
  | AutoAnswerSays
  | { readonly type: "process.exits" | "process.begins" };

/** The domain of an owner; a fault queue of iommufd has the same shape. */
export const domainOf = (owner: number): Domain => ({
  handler: { hwpt: owner, queue: 0, parent: false },
  nested: false,
});

const ATTACH: readonly TeardownStep[] = ["add", "insert", "open", "start"];
const OF_QUEUE: readonly TeardownStep[] = ANSWER;
const QUEUE_MESSAGES = queueMessages("teardown", { lock: "fault-mutex" });
const WAITS: readonly TeardownStep[] = ["fence-wire", "fence-responses", "flush"];

const s = setup({
  types: {
    context: {} as TeardownContext,
    events: {} as
      | { readonly type: "teardown.detaches" | "teardown.resets" | "teardown.attaches" | "teardown.steps" }
      | { readonly type: "owner.exits" }
      | { readonly type: "wire.fences" | "responses.fences" | "flush.returns" }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as TeardownEmits,
    input: {} as TeardownInput,
  },
  guards: {
    isAttached: ({ context }) => context.attached,
    isDetached: ({ context }) => !context.attached,
    isAlive: ({ context }) => context.attached && !context.exited,
    canReset: ({ context }) => context.attached && !context.exited && context.resets > 0,
    waits: ({ context }) => WAITS.includes(context.left[0]!),
    answers: ({ context }) => context.left[0] === "answer",
    isOver: ({ context }) => context.left.length === 0,
  },
});

const OF_OVERFLOW: readonly TeardownStep[] = ["settle", "settled"];

/** The steps that there are: without a fault queue none is searched. */
const planned = ({ answers, settles }: TeardownRules, steps: readonly TeardownStep[]): readonly TeardownStep[] =>
  steps.filter((step) => (answers || !OF_QUEUE.includes(step)) && (settles || !OF_OVERFLOW.includes(step)));

function message(step: Exclude<TeardownStep, "answer">, { owner }: TeardownContext): TeardownEmits {
  const handle = { pasid: 0 as const, domain: domainOf(owner) };
  switch (step) {
    case "lock":
      return { type: "lock.acquires", owner: "teardown", lock: "bind-lock" };
    case "unlock":
      return { type: "lock.releases", owner: "teardown", lock: "bind-lock" };
    case "lock-queue":
    case "unlock-queue":
    case "add":
    case "remove":
      return QUEUE_MESSAGES[step];
    case "stop":
      return { type: "pri.disables" };
    case "start":
      return { type: "pri.enables" };
    case "block":
      return { type: "intake.blocks" };
    case "open":
      return { type: "intake.opens", domain: owner };
    case "fence-wire":
      return { type: "wire.fences" };
    case "drain":
      return { type: "intake.drains" };
    case "await":
    case "settled":
      return { type: "intake.awaits" };
    case "settle":
      return { type: "intake.settles" };
    case "flush":
      return { type: "param.flushes", device: 0, queue: 0 };
    case "fence-responses":
      return { type: "responses.fences" };
    case "reset":
      return { type: "device.resets" };
    case "erase":
      return { type: "handle.erases", pasid: 0 };
    case "insert":
      return { type: "handle.inserts", ...handle };
    case "free":
      return { type: "handle.frees", ...handle };
  }
}

const says = s.enqueueActions(({ context, enqueue }) => {
  const step = context.left[0]!;
  if (step !== "answer") enqueue.emit(message(step, context));
});
const goesOn = s.assign({ left: ({ context }) => context.left.slice(1) });
const answers = s.enqueueActions(({ context, enqueue }) => {
  const { says: message, becomes } = autoAnswer(context, takesAny("teardown"));
  enqueue.emit(message);
  enqueue.assign(becomes);
});
const ends = s.assign(({ context: { op, owner, owners, attached, exited } }) => ({
  op: "none" as const,
  left: [],
  attached: op === "attach" || (attached && op !== "detach"),
  owner: op === "detach" ? (owner + 1) % owners : owner,
  exited: op === "exit" || (exited && op !== "detach"),
}));

export const teardownThread = s.extend({ actions: { says, goesOn, answers, ends } }).createMachine({
  id: "teardown-thread",
  context: ({ input }) => ({
    ...input,
    owner: 0,
    attached: true,
    exited: false,
    op: "none",
    left: [],
    group: null,
    answered: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "teardown.detaches": {
          guard: "isAttached",
          target: "working",
          actions: assign(({ context: { rules, exited } }) => ({
            op: "detach" as const,
            left: planned(rules, (exited && UNBIND_ORDERS[rules.unbind]) || DETACH_ORDERS[rules.detach]),
          })),
        },
        "teardown.resets": {
          guard: "canReset",
          target: "working",
          actions: assign({
            op: "reset",
            resets: ({ context }) => context.resets - 1,
            left: ({ context: { rules } }) => planned(rules, RESET_ORDERS[rules.reset]),
          }),
        },
        /** exit_mmap(): the notifier runs before anybody unbinds. */
        "owner.exits": {
          guard: "isAlive",
          target: "working",
          actions: [
            assign({ op: "exit", left: ({ context }) => EXIT_ORDERS[context.rules.exit] }),
            s.emit({ type: "process.exits" }),
          ],
        },
        "teardown.attaches": {
          guard: "isDetached",
          target: "working",
          actions: [assign({ op: "attach", left: ATTACH }), s.emit({ type: "process.begins" })],
        },
      },
    },
    working: {
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "teardown.steps": [
          { guard: "waits", target: "waiting", actions: ["says"] },
          { guard: "answers", actions: "answers" },
          { actions: ["says", "goesOn"] },
        ],
        "answer.taken": [
          { guard: ({ event }) => event.group === null, actions: "goesOn" },
          { actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
    /** For a fence, or for the workqueue. */
    waiting: {
      on: {
        "wire.fences": { target: "working", actions: "goesOn" },
        "responses.fences": { target: "working", actions: "goesOn" },
        "flush.returns": { target: "working", actions: "goesOn" },
      },
    },
  },
});

export const teardownSteps: readonly Message[] = [{ type: "teardown.steps" }];
