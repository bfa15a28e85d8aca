/**
 * A system call that names the fault object by its ID, and the page table that it makes with it.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd: iommufd_get_fault() and iommufd_put_object() around the use of the object, in
 *         this order: users first, then the short-term users, whose last one wakes who destroys; IOMMU_HWPT_ALLOC with a
 *         fault ID, whose page table becomes a user, and its destruction (iopf-core 3.1). A fault under that page table
 *         goes to the object.
 * Omits   several page tables. What the call waits for: it goes on when it likes.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface ObjectCallerInput {
  readonly name: string;
  /** As what the page table keeps the object: a user, a short-term user, or not at all. */
  readonly hwpt: "user" | "short-term" | "nothing";
}

export interface ObjectCallerContext {
  readonly rules: ObjectCallerInput;
  /** The page table is there. */
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
  context: ({ input }) => ({ rules: input, hwpt: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "caller.begins": {
          target: "looking-up",
          actions: emit(({ context }) => ({ type: "object.looks-up", by: context.rules.name })),
        },
      },
    },
    "looking-up": {
      on: { "object.found": [{ guard: ({ event }) => event.found, target: "inside" }, { target: "idle" }] },
    },
    inside: {
      on: {
        "caller.links": { guard: "hasNone", target: "putting", actions: changes("takes") },
        "caller.uses": { target: "putting", actions: emit({ type: "object.uses" }) },
      },
    },
    putting: {
      on: {
        "caller.puts": {
          target: "waking",
          actions: emit(({ context }) => ({ type: "object.unrefs", by: context.rules.name })),
        },
      },
    },
    waking: { on: { "caller.wakes": { target: "idle", actions: emit({ type: "short-term.puts" }) } } },
  },
  on: {
    "hwpt.faults": { guard: "hasOne", actions: emit({ type: "object.uses" }) },
    "hwpt.goes": { guard: "hasOne", actions: changes("gives") },
  },
});

/** What it does inside the kernel once it has begun. */
export const objectCallerSteps: readonly Message[] = [
  { type: "caller.links" },
  { type: "caller.uses" },
  { type: "caller.puts" },
  { type: "caller.wakes" },
];
