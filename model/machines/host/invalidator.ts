/**
 * The host takes a page away: reclaim, copy-on-write or free, with the MMU notifier calls that a design subscribes to.
 * Its steps are data, one list for each design, so that a step left out or two steps swapped are changes of a list.
 *
 * Models  VFIO facts 4.3 and 1.3 (N1-N8): what the mm does (clear the CPU's entry, free the frame) and what VFIO's
 *         callback does in between (take the container's lock, unmap, wait for the IOTLB, unlock).
 * Omits   ranges of several pages, callbacks that may not sleep (D-18), one mm among several (D-14).
 */
import { assign, setup } from "xstate";
import { takingBack, type TakingBackMessage, type TakingBackStep } from "../vfio/taking-back.ts";

export type InvalidationStep = TakingBackStep | "begin" | "lock" | "unlock" | "clear-cpu" | "free" | "end";

const CALLBACK = [
  "lock",
  "clear-entry",
  "invalidate-iotlb",
  "wait",
  "invalidate-atc",
  "wait",
  "clear-bit",
  "unlock",
] as const;

/** What happens in which order, by design. */
export const INVALIDATIONS = {
  /** RFC v2 and v3: `.invalidate_range`, called after the entry was cleared and before the frame is freed. */
  "invalidate-range": ["clear-cpu", ...CALLBACK, "free"],
  /** `.invalidate_range_start` alone: a handler may map the old frame between the callback and the clear. */
  "range-start-only": [...CALLBACK, "clear-cpu", "free"],
  /** KVM, HMM, ODP: a sequence count around it, which handlers compare before they map. */
  "sequence-retry": ["begin", ...CALLBACK, "clear-cpu", "free", "end"],
} as const satisfies { readonly [design: string]: readonly InvalidationStep[] };

export type NotifierDesign = keyof typeof INVALIDATIONS;

export interface InvalidatorContext {
  readonly steps: readonly InvalidationStep[];
  readonly domains: readonly number[];
  readonly devices: readonly number[];
  readonly page: number | null;
  /** Whose thread it runs on: the name of a fault handler whose get_user_pages() had to reclaim, or null. */
  readonly by: string | null;
  readonly done: number;
}

export type InvalidatorEmits =
  | TakingBackMessage<"invalidator">
  | {
      readonly type: "mm.invalidation-begins" | "mm.clears" | "mm.frees" | "mm.invalidation-ends";
      readonly page: number;
    }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "invalidator.done"; readonly by: string };

const s = setup({
  types: {
    context: {} as InvalidatorContext,
    events: {} as
      | { readonly type: "host.invalidates"; readonly page: number }
      | { readonly type: "invalidator.starts"; readonly page: number; readonly by: string }
      | { readonly type: "invalidator.steps" }
      | { readonly type: "fence.completed" },
    emitted: {} as InvalidatorEmits,
    input: {} as { design: NotifierDesign; domains: readonly number[]; devices: readonly number[] },
  },
});

const performs = s.enqueueActions(({ context, enqueue }) => {
  const { steps, done } = context;
  const page = context.page!;
  const step = steps[done]!;
  enqueue.assign({ done: done + 1 });
  switch (step) {
    case "begin":
      enqueue.emit({ type: "mm.invalidation-begins", page });
      break;
    case "lock":
      enqueue.emit({ type: "lock.acquires", owner: "invalidator" });
      break;
    case "unlock":
      enqueue.emit({ type: "lock.releases", owner: "invalidator" });
      break;
    case "clear-cpu":
      enqueue.emit({ type: "mm.clears", page });
      break;
    case "free":
      enqueue.emit({ type: "mm.frees", page });
      break;
    case "end":
      enqueue.emit({ type: "mm.invalidation-ends", page });
      break;
    case "clear-entry":
    case "invalidate-iotlb":
    case "invalidate-atc":
    case "wait":
    case "clear-bit":
      for (const message of takingBack(step, page, context, "invalidator")) enqueue.emit(message);
      break;
    default:
      step satisfies never;
  }
});

const rests = s.enqueueActions(({ context: { by }, enqueue }) => {
  enqueue.assign({ page: null, by: null, done: 0 });
  if (by !== null) enqueue.emit({ type: "invalidator.done", by });
});

export const invalidator = s.extend({ actions: { performs, rests } }).createMachine({
  id: "invalidator",
  context: ({ input: { design, domains, devices } }) => ({
    steps: INVALIDATIONS[design],
    domains,
    devices,
    page: null,
    by: null,
    done: 0,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "host.invalidates": { target: "working", actions: assign({ page: ({ event }) => event.page }) },
        "invalidator.starts": {
          target: "working",
          actions: assign({ page: ({ event }) => event.page, by: ({ event }) => event.by }),
        },
      },
    },
    working: {
      on: {
        "invalidator.steps": [
          { guard: ({ context }) => context.steps[context.done] === "wait", target: "waiting", actions: "performs" },
          {
            guard: ({ context }) => context.done === context.steps.length - 1,
            target: "idle",
            actions: ["performs", "rests"],
          },
          { actions: "performs" },
        ],
      },
    },
    /** Polls for the completion of its fence. */
    waiting: { on: { "fence.completed": { target: "working" } } },
  },
});

/** What it may do on its own: begin with any page, and go on. */
export const invalidatorSteps = (pages: readonly number[]) => [
  ...pages.map((page) => ({ type: "host.invalidates", page })),
  { type: "invalidator.steps" },
];
