/**
 * The RFC's handler from where it has found its container to the end: inside the report, or later on a thread of its own.
 *
 * Models  steps F3 to F12 of VFIO facts 1.1: follow what the lookup returned, take the container's lock (L), resolve,
 *         unlock, answer, and give back the reference that the design takes: on the memory of the container, on the group
 *         as a user (the last one tears the group down: D-17), or none (D-11). Between two steps others run.
 * Omits   the steps of resolving a fault, which nobody sees under L: see vfio-dma.ts. `dangling` and `touched` are ghosts.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface RfcHandlerRules {
  readonly name: string;
  readonly device: number;
  readonly reference: "memory" | "user" | "none";
  /** Whether the thread that reports waits for the end. */
  readonly synchronous: boolean;
}

export interface RfcHandlerContext {
  readonly rules: RfcHandlerRules;
  readonly page: number | null;
  readonly code: "success" | "invalid";
  /** What it points to was freed. */
  readonly dangling: boolean;
  /** It followed such a pointer. */
  readonly touched: boolean;
  /** It looked at a bitmap that does not exist (D-13). */
  readonly nullUse: boolean;
}

export type RfcHandlerEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string }
  | { readonly type: "container.resolves"; readonly by: string; readonly page: number }
  | { readonly type: "access.answered"; readonly device: number; readonly code: "success" | "invalid" }
  | { readonly type: "device.answers" | "handler.done"; readonly device: number }
  | { readonly type: "container.puts" | "detach.starts"; readonly device: number; readonly by: string };

const s = setup({
  types: {
    context: {} as RfcHandlerContext,
    events: {} as
      | { readonly type: "handler.starts"; readonly page: number }
      | { readonly type: `handler.${"follows" | "locks" | "resolves" | "unlocks" | "responds" | "puts"}` }
      | { readonly type: "dma.resolved"; readonly code: "success" | "invalid" | "no-bitmap" }
      | { readonly type: "container.put"; readonly last: boolean }
      | { readonly type: "detach.done" | "pointer.dangles" },
    emitted: {} as RfcHandlerEmits,
    input: {} as RfcHandlerRules,
  },
  guards: { holdsNothing: ({ context }) => context.rules.reference === "none" },
});

const lock = (type: "lock.acquires" | "lock.releases") =>
  s.emit(({ context: { rules } }) => ({ type, lock: "L", owner: rules.name }));
const touches = s.assign({ touched: ({ context }) => context.touched || context.dangling });
const responds = s.enqueueActions(({ context: { rules, code }, enqueue }) => {
  enqueue.emit({ type: "access.answered", device: rules.device, code });
  enqueue.emit({ type: "device.answers", device: rules.device });
});
const ends = s.enqueueActions(({ context: { rules }, enqueue }) => {
  enqueue.assign({ page: null, code: "success", dangling: false });
  if (rules.synchronous) enqueue.emit({ type: "handler.done", device: rules.device });
});
const isUser = ({ context }: { context: RfcHandlerContext }): boolean => context.rules.reference === "user";

export const rfcHandler = s.createMachine({
  id: "rfc-handler",
  context: ({ input }) => ({
    rules: input,
    page: null,
    code: "success",
    dangling: false,
    touched: false,
    nullUse: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "handler.starts": [
          { guard: "holdsNothing", target: "following", actions: assign({ page: ({ event }) => event.page }) },
          { target: "locking", actions: assign({ page: ({ event }) => event.page }) },
        ],
      },
    },
    /** From the node, which it holds no reference of, to the container. */
    following: { on: { "handler.follows": { target: "locking", actions: touches } } },
    locking: { on: { "handler.locks": { target: "resolving", actions: [lock("lock.acquires"), touches] } } },
    resolving: {
      on: {
        "handler.resolves": {
          actions: emit(({ context: { rules, page } }) => ({
            type: "container.resolves",
            by: rules.name,
            page: page!,
          })),
        },
        "dma.resolved": [
          {
            guard: ({ event }) => event.code === "no-bitmap",
            target: "unlocking",
            actions: assign({ nullUse: true, code: "invalid" }),
          },
          {
            target: "unlocking",
            actions: assign({ code: ({ event }) => (event.code === "success" ? "success" : "invalid") }),
          },
        ],
      },
    },
    unlocking: { on: { "handler.unlocks": { target: "responding", actions: lock("lock.releases") } } },
    responding: {
      on: {
        "handler.responds": [
          { guard: isUser, target: "putting", actions: responds },
          { target: "idle", actions: [responds, ends] },
        ],
      },
    },
    putting: {
      on: {
        "handler.puts": {
          actions: emit(({ context: { rules } }) => ({
            type: "container.puts",
            device: rules.device,
            by: rules.name,
          })),
        },
        "container.put": [
          {
            guard: ({ event }) => event.last,
            target: "tearing-down",
            actions: emit(({ context: { rules } }) => ({
              type: "detach.starts",
              device: rules.device,
              by: rules.name,
            })),
          },
          { target: "idle", actions: ends },
        ],
      },
    },
    /** It held the last reference. */
    "tearing-down": { on: { "detach.done": { target: "idle", actions: ends } } },
  },
  on: {
    "pointer.dangles": {
      guard: ({ context }) => context.page !== null && context.rules.reference === "none",
      actions: assign({ dangling: true }),
    },
  },
});

/** What it does on its own; only a user of the group has a use to give back, and only a raw pointer is followed. */
export const rfcHandlerSteps = (reference: RfcHandlerRules["reference"]): readonly Message[] =>
  [
    ...(reference === "none" ? ["follows"] : []),
    "locks",
    "resolves",
    "unlocks",
    "responds",
    ...(reference === "user" ? ["puts"] : []),
  ].map((step) => ({ type: `handler.${step}` }));
