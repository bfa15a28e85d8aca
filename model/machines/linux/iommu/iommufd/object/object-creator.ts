/**
 * The system call that makes a fault object with its file, and unmakes it when something fails half way.
 *
 * Models  IOMMU_FAULT_QUEUE_ALLOC of iommufd: see orders.ts for the steps. The order is data.
 * Omits   a second object: the next is made when the file of the last has gone. The number of the descriptor, which user
 *         space may guess before it is installed.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import {
  CAN_FAIL,
  CREATION_ORDERS,
  UNDO_ORDERS,
  type CreationOrder,
  type CreationStep,
  type UndoOrder,
  type UndoStep,
} from "./object-orders.ts";

export interface ObjectCreatorRules {
  readonly creation: CreationOrder;
  readonly undo: UndoOrder;
}

export interface ObjectCreatorContext {
  readonly rules: ObjectCreatorRules;
  readonly left: readonly (CreationStep | UndoStep)[];
}

export type ObjectCreatorEmits =
  | { readonly type: "object.allocates" | "object.publishes" | "object.aborts" }
  | { readonly type: "object.refs" | "object.unrefs" | "object.gets" | "object.puts"; readonly by: string }
  | { readonly type: "file.begins" | "file.installs" | "file.awaits-gone" }
  | { readonly type: "file.puts"; readonly by: "creator" };

const s = setup({
  types: {
    context: {} as ObjectCreatorContext,
    events: {} as { readonly type: "creator.begins" | "creator.steps" | "creator.fails" },
    emitted: {} as ObjectCreatorEmits,
    input: {} as ObjectCreatorRules,
  },
  guards: {
    isOver: ({ context }) => context.left.length === 0,
    mayFail: ({ context }) => CAN_FAIL.includes(context.left[0] as CreationStep),
  },
});

/** Whose drop a second one is, nobody can say. */
const MESSAGES: { readonly [step in CreationStep | UndoStep]: readonly ObjectCreatorEmits[] } = {
  allocate: [{ type: "object.allocates" }],
  "open-file": [{ type: "file.begins" }],
  take: [
    { type: "object.refs", by: "file" },
    { type: "object.gets", by: "file" },
  ],
  "get-descriptor": [],
  respond: [],
  publish: [{ type: "object.publishes" }],
  install: [{ type: "file.installs" }],
  "put-file": [{ type: "file.puts", by: "creator" }],
  "await-release": [{ type: "file.awaits-gone" }],
  "drop-again": [
    { type: "object.unrefs", by: "nobody" },
    { type: "object.puts", by: "nobody" },
  ],
  free: [{ type: "object.aborts" }],
};

const says = s.enqueueActions(({ context, enqueue }) => {
  for (const message of MESSAGES[context.left[0]!]) enqueue.emit(message);
});
const goesOn = s.assign({ left: ({ context }) => context.left.slice(1) });
/** Without a file there is nothing but the object. */
const turns = s.assign(({ context: { rules, left } }) => ({
  left: left[0] === "open-file" ? (["free"] as const) : UNDO_ORDERS[rules.undo],
}));

export const objectCreator = s.extend({ actions: { says, goesOn, turns } }).createMachine({
  id: "object-creator",
  context: ({ input }) => ({ rules: input, left: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "creator.begins": {
          target: "creating",
          actions: [
            s.emit({ type: "file.awaits-gone" }),
            s.emit({ type: "object.allocates" }),
            assign({ left: ({ context }) => CREATION_ORDERS[context.rules.creation].slice(1) }),
          ],
        },
      },
    },
    creating: {
      always: { guard: "isOver", target: "idle" },
      on: {
        "creator.steps": { actions: ["says", "goesOn"] },
        "creator.fails": { guard: "mayFail", target: "undoing", actions: "turns" },
      },
    },
    undoing: {
      always: { guard: "isOver", target: "idle" },
      on: { "creator.steps": { actions: ["says", "goesOn"] } },
    },
  },
});

export const objectCreatorSteps: readonly Message[] = [{ type: "creator.steps" }];
