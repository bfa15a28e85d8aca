/**
 * The thread that ends the page faults of a device: an unbind or detach, a reset, or the exit of the process. It also attaches
 * the device to its next owner.
 *
 * Models  iopf-core 2.1 and 1.4, hardware facts 1.4. A list of teardown-orders.ts says which steps it takes, in which order.
 * Omits   two teardowns of one device at a time: group->mutex excludes them, which iommu_sva_unbind_device() of 6.1 holds too
 *         (pasid_mutex would not: intel_svm_drain_prq() drops it). Of a teardown of another device behind the same IOMMU
 *         only the drain is here (queue-drain.ts).
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { atWill, linux } from "../../../../../said.ts";
import type { Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import {
  ATTACH_ORDERS,
  DETACH_ORDERS,
  EXIT_ORDERS,
  RESET_ORDERS,
  UNBIND_ORDERS,
  type DetachOrderName,
  type ExitOrderName,
  type ResetOrderName,
  type UnbindOrderName,
} from "./teardown-orders.ts";
import { DETACH, teardownSays, type TeardownEmits } from "./teardown-messages.ts";
import type { TeardownStep } from "./teardown-steps.ts";
import { svaDomainOf } from "../../iommu-sva/sva-handler.ts";
import { ANSWER, autoAnswer, queueMessages, takesAny } from "../../iommufd/fault/auto-answer.ts";

export interface TeardownRules {
  readonly detach: DetachOrderName;
  readonly reset: ResetOrderName;
  readonly exit: ExitOrderName;
  readonly unbind: UnbindOrderName;
  /** Whether user space responds: otherwise the domain has no fault queue. */
  readonly answers: boolean;
  /** Whether the drain is a machine of its own (queue-drain.ts): only then the queue may overflow. */
  readonly settles: boolean;
}

export interface TeardownInput {
  readonly rules: TeardownRules;
  readonly owners: number;
  /** Resets that may still happen. */
  readonly resets: number;
}

export interface TeardownContext extends TeardownInput {
  readonly owner: number;
  readonly attached: boolean;
  /** The process of the owner has exited. */
  readonly exited: boolean;
  readonly op: "none" | "detach" | "reset" | "exit" | "attach";
  readonly left: readonly TeardownStep[];
  /** The group that iommufd_auto_response_faults() holds. */
  readonly group: number | null;
  readonly answered: boolean;
}

/** The domain of an owner: an iommufd domain with a fault queue, or an SVA domain with the mm of its process. */
export const domainOf = (owner: number, { answers }: { readonly answers: boolean }): Domain =>
  answers ? { handler: { hwpt: owner, queue: 0, parent: false }, nested: false } : svaDomainOf(owner);

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

/** The steps of the order that this system has. */
const planned = ({ answers, settles }: TeardownRules, steps: readonly TeardownStep[]): readonly TeardownStep[] =>
  steps.filter((step) => (answers || !OF_QUEUE.includes(step)) && (settles || !OF_OVERFLOW.includes(step)));

function message(step: Exclude<TeardownStep, "answer">, { owner, rules }: TeardownContext): TeardownEmits {
  const handle = { pasid: 0 as const, domain: domainOf(owner, rules) };
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
  description: "the thread that ends the page faults of a device",
  meta: {
    origin: DETACH,
    lane: "the thread that detaches, resets and attaches the device",
    messages: teardownSays,
  },
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
      description: "no teardown is in progress",
      on: {
        "teardown.detaches": {
          description: "begins to detach the device from its domain",
          guard: "isAttached",
          target: "working",
          actions: assign(({ context: { rules, exited } }) => ({
            op: "detach" as const,
            left: planned(rules, (exited && UNBIND_ORDERS[rules.unbind]) || DETACH_ORDERS[rules.detach]),
          })),
        },
        "teardown.resets": {
          description: "begins a function level reset of the device",
          meta: { origin: linux("drivers/pci/pci.c", "pcie_flr") },
          guard: "canReset",
          target: "working",
          actions: assign({
            op: "reset",
            resets: ({ context }) => context.resets - 1,
            left: ({ context: { rules } }) => planned(rules, RESET_ORDERS[rules.reset]),
          }),
        },
        /** exit_mmap() calls the MMU notifier before the unbind. */
        "owner.exits": {
          description: "ends the address space of the owner's process",
          meta: { origin: linux("mm/mmap.c", "exit_mmap") },
          guard: "isAlive",
          target: "working",
          actions: [
            assign({ op: "exit", left: ({ context }) => EXIT_ORDERS[context.rules.exit] }),
            s.emit(({ context }) => ({ type: "mm.exits", mm: context.owner })),
          ],
        },
        "teardown.attaches": {
          description: "attaches the device to the domain of the next owner",
          meta: { origin: atWill("the next owner") },
          guard: "isDetached",
          target: "working",
          actions: [assign({ op: "attach", left: () => ATTACH_ORDERS.standard }), s.emit({ type: "mm.begin" })],
        },
      },
    },
    working: {
      description: "tears page faults down, or attaches the next domain",
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "teardown.steps": [
          {
            description: "takes the next step of the teardown or the attach",
            meta: { listed: true },
            guard: "waits",
            target: "waiting",
            actions: ["says"],
          },
          { guard: "answers", actions: "answers" },
          { actions: ["says", "goesOn"] },
        ],
        "answer.taken": [
          { guard: ({ event }) => event.group === null, actions: "goesOn" },
          { actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
    waiting: {
      description: "waits for a fence, or for the workqueue",
      on: {
        "wire.fences": { target: "working", actions: "goesOn" },
        "responses.fences": { target: "working", actions: "goesOn" },
        "flush.returns": { target: "working", actions: "goesOn" },
      },
    },
  },
});

export const teardownSteps: readonly Message[] = [{ type: "teardown.steps" }];
