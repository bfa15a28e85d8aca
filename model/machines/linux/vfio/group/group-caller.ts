/**
 * A thread that makes calls around a VFIO group, one at a time: the user of the group, the user of the VM, or the driver that
 * pins pages for its device.
 *
 * Models  The calls of group-calls.ts, which has their steps and sources. A call gives its result when it returns, and takes
 *         what it consumes when it begins.
 * Omits   Calls that the kernel refuses because of what the caller has: the caller does not make them.
 */
import { assign, setup } from "xstate";
import { atWill, linux, linux612, messages } from "../../../../said.ts";
import type { Message } from "../../../../../checker/json.ts";
import {
  destroyOfVm,
  groupCalls,
  type Call,
  type CallName,
  type CallStep,
  type GroupRules,
  type LockName,
  type ObjectName,
  type Thing,
} from "./group-calls.ts";

export interface GroupCallerInput {
  readonly name: string;
  /** Sorted. */
  readonly has: readonly Thing[];
  readonly rules: GroupRules;
}

export interface GroupCallerContext extends GroupCallerInput {
  /** The device that it opened has a reference to the VM. */
  readonly hasVm: boolean;
  /** Ghost: a step of the call has failed. */
  readonly failed: boolean;
  readonly call: CallName | null;
  readonly left: readonly CallStep[];
}

export type GroupCallerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: LockName }
  | {
      readonly type: "object.begins" | "object.gets" | "object.puts" | "object.tries" | "object.forgets";
      readonly object: ObjectName;
      readonly by: string;
    }
  | { readonly type: "pointer.names" | "pointer.forgets" }
  | { readonly type: "pointer.looks" | "pointer.checks"; readonly by: string }
  /** From the driver of an open device. */
  | { readonly type: "device.pins" };

const VFIO = "drivers/vfio/vfio_main.c";

const s = setup({
  types: {
    context: {} as GroupCallerContext,
    events: {} as
      | { readonly type: "caller.calls"; readonly call: CallName }
      | { readonly type: "caller.steps" | "caller.fails" | "device.pins" | "object.freed" }
      | { readonly type: "object.tried"; readonly ok: boolean }
      | { readonly type: "pointer.seen"; readonly names: boolean },
    emitted: {} as GroupCallerEmits,
    input: {} as GroupCallerInput,
  },
  guards: {
    isPossible: ({ context, event }) =>
      event.type === "caller.calls" && isPossible(context, callOf(context, event.call)),
    hasDevice: ({ context }) => context.has.includes("device"),
    isDone: ({ context }) => context.left.length === 0,
    asksForSteps: ({ context }) => context.left[0]?.do === "if-named",
    canFail: ({ context }) => context.left[0]?.do === "pin",
  },
});

const callOf = ({ rules }: GroupCallerInput, call: CallName): Call => groupCalls(rules)[call];
const isPossible = ({ has }: GroupCallerInput, { needs, without }: Call): boolean =>
  needs.every((thing) => has.includes(thing)) && !without.some((thing) => has.includes(thing));

const OBJECT = {
  begin: "object.begins",
  get: "object.gets",
  put: "object.puts",
  forget: "object.forgets",
  try: "object.tries",
} as const;

/** The message of a step, or none: a VM is put only if the device holds a reference to it. */
function message(step: CallStep, { name, hasVm }: GroupCallerContext): GroupCallerEmits | undefined {
  switch (step.do) {
    case "lock":
      return { type: "lock.acquires", owner: name, lock: step.what };
    case "unlock":
      return { type: "lock.releases", owner: name, lock: step.what };
    case "begin":
    case "get":
    case "put":
    case "forget":
    case "try":
      return { type: OBJECT[step.do], object: step.what, by: name };
    case "try-named-vm":
      return { type: "pointer.looks", by: name };
    case "if-named":
      return { type: "pointer.checks", by: name };
    case "put-taken-vm":
      return hasVm ? { type: "object.puts", object: "vm", by: name } : undefined;
    case "name-vm":
      return { type: "pointer.names" };
    case "forget-vm":
      return { type: "pointer.forgets" };
    case "pin":
    case "if-taken":
      return undefined;
  }
}

const begins = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "caller.calls") return;
  const { begins: object, holds, takes, steps } = callOf(context, event.call);
  enqueue.assign({ call: event.call, left: steps, has: context.has.filter((thing) => thing !== takes) });
  if (object) enqueue.emit({ type: "object.begins", object, by: context.name });
  if (holds) enqueue.emit({ type: "object.gets", object: holds, by: context.name });
  if (event.call === "pin") enqueue.emit({ type: "device.pins" });
});

const acts = s.enqueueActions(({ context, enqueue }) => {
  const [step, ...left] = context.left;
  const said = message(step!, context);
  enqueue.assign({
    left,
    hasVm: context.hasVm && step!.do !== "put-taken-vm",
    ...(step!.do === "if-taken" && context.hasVm && { left: [...step!.steps, ...left] }),
    // The step stays until the reply: it says which way the call takes.
    ...((step!.do === "try" || step!.do === "if-named") && { left: [step!, ...left] }),
  });
  if (said) enqueue.emit(said);
});

const ofVm = (type: "object.gets" | "object.tries") =>
  s.emit(({ context }) => ({ type, object: "vm", by: context.name }) as const);

const fails = s.assign(({ context }) => {
  const [step] = context.left;
  return { failed: true, left: step?.do === "pin" || step?.do === "try" ? step.exit : context.left };
});
const goesOn = s.assign(({ context }) => ({ left: context.left.slice(1) }));

/** The steps for a group that names the VM, if it does. */
const enters = s.assign(({ context: { left }, event }) => {
  const [step, ...rest] = left;
  const steps = step?.do === "if-named" && event.type === "pointer.seen" && event.names ? step.steps : [];
  return { left: [...steps, ...rest] };
});

const returns = s.assign(({ context }) => {
  const { gives } = callOf(context, context.call!);
  return { call: null, failed: false, has: gives ? [...context.has, gives].sort() : context.has };
});

export const groupCaller = s.createMachine({
  id: "group-caller",
  description: "a thread that makes calls around a VFIO group",
  meta: {
    origin: linux612("drivers/vfio/group.c", "vfio_df_group_open"),
    lane: "{name}: a thread that makes calls on the group, or on its VM",
    messages: messages<GroupCallerEmits>({
      "lock.acquires": "takes {lock}",
      "lock.releases": "drops {lock}",
      "object.begins": "makes the {object}, with its first reference",
      "object.gets": "takes a reference to the {object}",
      "object.puts": "drops its reference to the {object}",
      "object.tries": {
        says: "takes a reference to the {object}, unless it has none left",
        origin: linux("include/linux/refcount.h", "refcount_inc_not_zero"),
      },
      "object.forgets": "returns without dropping its reference to the {object}",
      "pointer.names": { says: "stores the VM in the group", origin: linux(VFIO, "vfio_file_set_kvm") },
      "pointer.forgets": { says: "clears the VM of the group", origin: linux(VFIO, "vfio_file_set_kvm") },
      "pointer.looks": { says: "reads the VM of the group", origin: linux612(VFIO, "vfio_device_get_kvm_safe") },
      "pointer.checks": {
        says: "checks whether the group was added to KVM's VFIO device",
        origin: linux("virt/kvm/vfio.c", "kvm_vfio_release"),
      },
      "device.pins": { says: "pins pages for the device", origin: linux612(VFIO, "vfio_pin_pages") },
    }),
  },
  context: ({ input }) => ({ ...input, hasVm: false, failed: false, call: null, left: [] }),
  initial: "idle",
  on: { "device.pins": { guard: "hasDevice" } },
  states: {
    idle: {
      description: "outside of a call",
      meta: { origin: atWill("the caller") },
      on: {
        "caller.calls": {
          description: "begins the call {call}",
          guard: "isPossible",
          target: "calling",
          actions: begins,
        },
      },
    },
    calling: {
      description: "inside the call {call}",
      meta: { origin: atWill("the caller") },
      on: {
        "caller.steps": [
          { description: "returns from {call}", guard: "isDone", target: "idle", actions: returns },
          { description: "takes the next step of {call}", meta: { listed: true }, actions: acts },
        ],
        "caller.fails": {
          description: "fails to pin, and takes the error path",
          meta: { origin: linux612(VFIO, "vfio_pin_pages") },
          guard: "canFail",
          actions: fails,
        },
        "object.tried": [
          /** The device holds the VM that the group names. */
          {
            guard: ({ context, event }) => context.left[0]?.do !== "try" && event.ok,
            actions: assign({ hasVm: true }),
          },
          { guard: ({ context }) => context.left[0]?.do !== "try" },
          { guard: ({ event }) => event.ok, actions: goesOn },
          { actions: fails },
        ],
        "pointer.seen": [
          { guard: "asksForSteps", actions: enters },
          { guard: ({ event }) => !event.names },
          {
            guard: ({ context }) => context.rules.vmReference === "always",
            actions: [assign({ hasVm: true }), ofVm("object.gets")],
          },
          { actions: ofVm("object.tries") },
        ],
        /** The last put of the VM destroys it on this thread. */
        "object.freed": {
          actions: assign({ left: ({ context }) => [...destroyOfVm(context.rules), ...context.left] }),
        },
      },
    },
  },
});

export const groupCallerSteps: readonly Message[] = [{ type: "caller.steps" }];
