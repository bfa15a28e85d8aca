/**
 * iommufd_fault_alloc(): the ioctl that makes a fault object with its file, and undoes that when a step fails.
 *
 * Models  IOMMU_FAULT_QUEUE_ALLOC of Linux 6.12; object-orders.ts has the steps, and their order is data.
 * Omits   A second object: the next one is made after the file of the last one was released. The file descriptor before
 *         it is installed, whose number user space may guess.
 */
import { assign, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
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

const FAULT = "drivers/iommu/iommufd/fault.c";
const MAIN = "drivers/iommu/iommufd/main.c";

export interface ObjectCreatorRules {
  readonly creation: CreationOrder;
  readonly undo: UndoOrder;
}

export interface ObjectCreatorContext {
  readonly rules: ObjectCreatorRules;
  readonly left: readonly (CreationStep | UndoStep)[];
  /** get_unused_fd_flags() has reserved the number of a descriptor; put_unused_fd() gives it back. */
  readonly descriptor: boolean;
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

/** The second drop belongs to no holder. */
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
const goesOn = s.assign(({ context: { left, descriptor } }) => ({
  left: left.slice(1),
  descriptor: descriptor || left[0] === "get-descriptor",
}));
const ends = s.assign({ descriptor: false });
/** Without a file, only the object is freed. */
const turns = s.assign(({ context: { rules, left } }) => ({
  left: left[0] === "open-file" ? (["free"] as const) : UNDO_ORDERS[rules.undo],
  descriptor: false,
}));

export const objectCreator = s.extend({ actions: { says, goesOn, turns, ends } }).createMachine({
  id: "object-creator",
  description: "the ioctl that makes a fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_alloc"),
    lane: "the thread that makes the fault queue",
    messages: messages<ObjectCreatorEmits>({
      "object.allocates": {
        says: "allocates the object and reserves an ID",
        origin: linux612(MAIN, "_iommufd_object_alloc"),
      },
      "object.publishes": {
        says: "makes the ID visible to look-ups",
        origin: linux612(MAIN, "iommufd_object_finalize"),
      },
      "object.aborts": { says: "erases the ID and frees the object", origin: linux612(MAIN, "iommufd_object_abort") },
      "object.refs": "takes a user of the object for the {by}",
      "object.unrefs": "drops a user of the object that {by} holds",
      "object.gets": {
        says: "takes a reference to the iommufd context for the {by}",
        origin: linux612(MAIN, "iommufd_ctx_get"),
      },
      "object.puts": {
        says: "drops a reference to the iommufd context that {by} holds",
        origin: linux612(MAIN, "iommufd_ctx_put"),
      },
      "file.begins": "makes the file of the fault queue",
      "file.installs": "installs the file descriptor",
      "file.awaits-gone": "continues after the last file was released",
      "file.puts": { says: "drops the file", origin: linux612(MAIN, "iommufd_object_abort_and_destroy") },
    }),
  },
  context: ({ input }) => ({ rules: input, left: [], descriptor: false }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "creator.begins": {
          description: "calls IOMMU_FAULT_QUEUE_ALLOC, and allocates the object",
          meta: { origin: linux612(FAULT, "iommufd_fault_alloc") },
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
      description: "the fault queue is being made",
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "creator.steps": {
          description: "takes step {left.0} of the allocation",
          meta: { listed: true },
          actions: ["says", "goesOn"],
        },
        "creator.fails": {
          description: "fails at step {left.0}",
          guard: "mayFail",
          target: "undoing",
          actions: "turns",
        },
      },
    },
    undoing: {
      description: "a step has failed, and the steps before it are being undone",
      meta: { origin: linux612(MAIN, "iommufd_object_abort_and_destroy") },
      always: { guard: "isOver", target: "idle" },
      on: {
        "creator.steps": {
          description: "undoes a step of the allocation: {left.0}",
          meta: { listed: true },
          actions: ["says", "goesOn"],
        },
      },
    },
  },
});

export const objectCreatorSteps: readonly Message[] = [{ type: "creator.steps" }];
