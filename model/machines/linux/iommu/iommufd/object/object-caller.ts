/**
 * An ioctl that names the fault object by its ID, and the HWPT that it makes with it.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd: iommufd_get_fault() before the use of the object and iommufd_put_object() after
 *         it. The put drops `users` first and `shortterm_users` then; the last short-term user wakes up the destroyer.
 *         IOMMU_HWPT_ALLOC with a fault ID, whose HWPT becomes a user of the object, and the destruction of the HWPT
 *         (iopf-core 3.1). A fault under that HWPT goes to the object.
 * Omits   Several HWPTs. What the ioctl waits for: it continues at any time.
 */
import { emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";

const HWPT = "drivers/iommu/iommufd/hw_pagetable.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";

export interface ObjectCallerInput {
  readonly name: string;
  /** The reference of the HWPT to the object: a user, a short-term user, or none. */
  readonly hwpt: "user" | "short-term" | "nothing";
}

export interface ObjectCallerContext {
  readonly rules: ObjectCallerInput;
  /** The HWPT exists. */
  readonly hwpt: boolean;
}

export type ObjectCallerEmits =
  | { readonly type: "object.looks-up" | "object.refs" | "object.unrefs"; readonly by: string }
  | { readonly type: "short-term.gets" | "short-term.puts" | "object.uses" };

const s = setup({
  types: {
    context: {} as ObjectCallerContext,
    events: {} as
      | { readonly type: "caller.begins" | "caller.links" | "caller.uses" | "caller.puts" | "caller.wakes" }
      | { readonly type: "hwpt.faults" | "hwpt.goes" }
      | { readonly type: "object.found"; readonly found: boolean },
    emitted: {} as ObjectCallerEmits,
    input: {} as ObjectCallerInput,
  },
  guards: {
    hasNone: ({ context }) => !context.hwpt,
    hasOne: ({ context }) => context.hwpt,
  },
});

const changes = (verb: "takes" | "gives") =>
  s.enqueueActions(({ context: { rules }, enqueue }) => {
    const takes = verb === "takes";
    if (rules.hwpt === "user") enqueue.emit({ type: takes ? "object.refs" : "object.unrefs", by: "hwpt" });
    if (rules.hwpt === "short-term") enqueue.emit({ type: takes ? "short-term.gets" : "short-term.puts" });
    enqueue.assign({ hwpt: takes });
  });

export const objectCaller = s.createMachine({
  id: "object-caller",
  description: "an ioctl that uses a fault object by its ID",
  meta: {
    origin: linux612(PRIVATE, "iommufd_get_fault"),
    lane: "{name}: an ioctl that names the fault queue",
    messages: messages<ObjectCallerEmits>({
      "object.looks-up": {
        says: "looks up the ID of the fault object",
        origin: linux612("drivers/iommu/iommufd/main.c", "iommufd_get_object"),
      },
      "object.refs": { says: "takes a user of the object for {by}", origin: linux612(HWPT, "iommufd_hwpt_alloc") },
      "object.unrefs": {
        says: "drops the user of the object that {by} holds",
        origin: linux612(PRIVATE, "iommufd_put_object"),
      },
      "short-term.gets": {
        says: "takes a short-term user of the object",
        origin: linux612(PRIVATE, "iommufd_lock_obj"),
      },
      "short-term.puts": {
        says: "drops a short-term user of the object",
        origin: linux612(PRIVATE, "iommufd_put_object"),
      },
      "object.uses": "uses the object",
    }),
  },
  context: ({ input }) => ({ rules: input, hwpt: false }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "caller.begins": {
          description: "calls an ioctl that names the fault object",
          target: "looking-up",
          actions: emit(({ context }) => ({ type: "object.looks-up", by: context.rules.name })),
        },
      },
    },
    "looking-up": {
      description: "the ID is being looked up",
      on: { "object.found": [{ guard: ({ event }) => event.found, target: "inside" }, { target: "idle" }] },
    },
    inside: {
      description: "holds a user and a short-term user of the object",
      on: {
        "caller.links": {
          description: "makes an HWPT that refers to the object",
          meta: { origin: linux612(HWPT, "iommufd_hwpt_alloc") },
          guard: "hasNone",
          target: "putting",
          actions: changes("takes"),
        },
        "caller.uses": { description: "uses the object", target: "putting", actions: emit({ type: "object.uses" }) },
      },
    },
    putting: {
      description: "is done, and holds both references",
      on: {
        "caller.puts": {
          description: "drops its user of the object",
          meta: { origin: linux612(PRIVATE, "iommufd_put_object") },
          target: "waking",
          actions: emit(({ context }) => ({ type: "object.unrefs", by: context.rules.name })),
        },
      },
    },
    waking: {
      description: "has dropped its user, and holds its short-term user",
      on: {
        "caller.wakes": {
          description: "drops its short-term user, and wakes up the destroyer",
          meta: { origin: linux612(PRIVATE, "iommufd_put_object") },
          target: "idle",
          actions: emit({ type: "short-term.puts" }),
        },
      },
    },
  },
  on: {
    "hwpt.faults": {
      description: "handles a fault under the HWPT",
      meta: { origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_fault_iopf_handler") },
      guard: "hasOne",
      actions: emit({ type: "object.uses" }),
    },
    "hwpt.goes": {
      description: "destroys the HWPT",
      meta: { origin: linux612(HWPT, "__iommufd_hwpt_destroy") },
      guard: "hasOne",
      actions: changes("gives"),
    },
  },
});

/** Its spontaneous steps inside the kernel. */
export const objectCallerSteps: readonly Message[] = [
  { type: "caller.links" },
  { type: "caller.uses" },
  { type: "caller.puts" },
  { type: "caller.wakes" },
];
