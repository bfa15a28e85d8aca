/**
 * The mediator: the one component that knows where a queue's ring lies, because it traps the register write. Its steps
 * are data, so that a step left out or two steps swapped are changes of a list.
 *
 * Models  VFIO facts 3.2 and rows 39, 47, 70: lock down, then forward the write; quiesce, then release; the dma_unmap
 *         callback (2.3 U3a) does the same as a guest that disables the queue; a device may reject the write (B-23).
 *         While an unmap is under way, new rings are held back (or not: B-25).
 * Omits   where it is built: an extension of vfio-pci-core and an mdev wrapper are the same once a write is trapped.
 */
import { assign, emit, setup } from "xstate";
import type { Keeping } from "./pin-scope.ts";

export type MediatorStep = "lock" | "take" | "give" | "unlock" | "forward" | "quiesce";

/** What happens in which order; the first of each kind is right. */
export const PROGRAMS = {
  "lockdown-first": ["lock", "take", "unlock", "forward"],
  /** Row 70 the wrong way round: the device knows the ring before it is locked down (I-24). */
  "forward-first": ["forward", "lock", "take", "unlock"],
} as const satisfies { readonly [order: string]: readonly MediatorStep[] };

export const STOPS = {
  "after-quiesce": ["quiesce", "lock", "give", "unlock"],
  /** I-25: released while the device still fetches. */
  "before-quiesce": ["lock", "give", "unlock", "quiesce"],
  /** Waits for the device with the lock held that the device's faults need (I-38). */
  "quiesce-under-lock": ["lock", "quiesce", "give", "unlock"],
} as const satisfies { readonly [order: string]: readonly MediatorStep[] };

export interface MediatorRules {
  readonly name: string;
  readonly queue: number;
  readonly pages: readonly number[];
  readonly programs: keyof typeof PROGRAMS;
  readonly stops: keyof typeof STOPS;
  /** What it hands to the pin API: the ring, or everything but the ring (M12). */
  readonly hands: "rings" | "buffers";
  /** Reading A (row 66): a pinned page is one that may fault, everything else is pinned at once. */
  readonly inverse: boolean;
  readonly forwardsAnyway: boolean;
  /** Whether it takes a lockdown back when the device rejects the write (B-23). */
  readonly takesBack: boolean;
  readonly callback: "stops-queue" | "ignored";
  readonly admitsDuringUnmap: boolean;
}

export interface MediatorContext {
  readonly rules: MediatorRules;
  /** Whether the device is believed to need lockdowns. */
  readonly locksDown: boolean;
  readonly ring: readonly number[];
  readonly plan: readonly MediatorStep[];
  readonly done: number;
  /** Its ring is in the pin list, as far as it knows. */
  readonly holds: boolean;
  /** The device knows the ring. */
  readonly forwarded: boolean;
  /** DMA_UNMAP waits for it. */
  readonly called: boolean;
  readonly barred: boolean;
}

export type MediatorEvent =
  | { readonly type: "guest.programs"; readonly pages: readonly number[] }
  | { readonly type: "guest.disables" | "mediator.steps" | "mediator.is-rejected" }
  | { readonly type: "lockdown.done"; readonly ok: boolean }
  | { readonly type: "queue.quiesced" }
  | { readonly type: "callback.starts" | "unmap.ends" | "hint.told" };

export type MediatorEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | {
      readonly type: "lockdown.starts" | "lockdown.releases";
      readonly by: string;
      readonly pages: readonly number[];
      readonly keeping: Keeping;
    }
  | { readonly type: "register.arrives"; readonly queue: number; readonly pages: readonly number[] }
  | { readonly type: "queue.stops"; readonly queue: number }
  | { readonly type: "callback.done" };

const s = setup({
  types: {
    context: {} as MediatorContext,
    events: {} as MediatorEvent,
    emitted: {} as MediatorEmits,
    input: {} as { rules: MediatorRules; locksDown: boolean },
  },
  guards: {
    waits: ({ context: { plan, done } }) => ["take", "give", "quiesce"].includes(plan[done]!),
    isLast: ({ context: { plan, done } }) => done >= plan.length - 1,
    isOver: ({ context: { plan, done } }) => done >= plan.length,
    staysOn: ({ context }) => context.forwarded,
    admits: ({ context }) => !context.barred,
  },
});

/** The steps to stop a queue: without a lockdown there is nothing to give. */
const stopping = ({ rules, holds }: MediatorContext): readonly MediatorStep[] =>
  holds ? STOPS[rules.stops] : ["quiesce"];

const scope = ({ rules, ring }: MediatorContext): readonly number[] =>
  rules.hands === "rings" ? ring : rules.pages.filter((page) => !ring.includes(page));

const performs = s.enqueueActions(({ context, enqueue }) => {
  const { rules, plan, done, ring } = context;
  const { name, queue, inverse } = rules;
  const step = plan[done]!;
  enqueue.assign({ done: done + 1 });
  const order = { by: name, pages: scope(context), keeping: inverse ? "static" : "ring" } as const;
  switch (step) {
    case "lock":
      enqueue.emit({ type: "lock.acquires", owner: name });
      break;
    case "unlock":
      enqueue.emit({ type: "lock.releases", owner: name });
      break;
    case "take":
      enqueue.emit({ type: inverse ? "lockdown.releases" : "lockdown.starts", ...order });
      break;
    case "give":
      enqueue.emit({ type: inverse ? "lockdown.starts" : "lockdown.releases", ...order });
      break;
    case "forward":
      enqueue.assign({ forwarded: true });
      enqueue.emit({ type: "register.arrives", queue, pages: ring });
      break;
    case "quiesce":
      enqueue.emit({ type: "queue.stops", queue });
      break;
    default:
      step satisfies never;
  }
});

const plans = s.assign(({ context, event }) => {
  const next = { ...context, done: 0 };
  if (event.type === "guest.programs")
    return {
      ...next,
      ring: event.pages,
      plan: context.locksDown ? PROGRAMS[context.rules.programs] : (["forward"] as const),
    };
  return { ...next, plan: stopping(context), called: event.type === "callback.starts" };
});

/** The answer of the lockdown. A refusal leaves only the lock to drop, unless the write is forwarded all the same. */
const learns = s.assign(({ context, event }) => {
  if (event.type !== "lockdown.done") return context;
  const { plan, done, rules } = context;
  const takes = plan[done - 1] === "take";
  if (!takes) return { ...context, holds: false };
  if (event.ok) return { ...context, holds: true };
  return rules.forwardsAnyway ? context : { ...context, plan: ["unlock"] as const, done: 0 };
});

const rests = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ ring: [], plan: [], done: 0, forwarded: false, called: false });
  if (context.called) enqueue.emit({ type: "callback.done" });
});
const settles = s.assign({ plan: [], done: 0 });
const bars = s.assign({ barred: ({ context }) => !context.rules.admitsDuringUnmap });
const believes = s.assign({ locksDown: true });
const stops = s.assign({ forwarded: false });

/** After a step that does not wait: more steps, or on, or off. */
const goesOn = [{ guard: "isOver", target: "ending" }, { target: "working" }] as const;

export const mediator = s
  .extend({ actions: { performs, plans, learns, rests, settles, bars, believes, stops } })
  .createMachine({
    id: "mediator",
    context: ({ input: { rules, locksDown } }) => ({
      rules,
      locksDown,
      ring: [],
      plan: [],
      done: 0,
      holds: false,
      forwarded: false,
      called: false,
      barred: false,
    }),
    initial: "idle",
    on: { "unmap.ends": { actions: assign({ barred: false }) } },
    states: {
      idle: {
        on: {
          "guest.programs": { guard: "admits", target: "working", actions: "plans" },
          "callback.starts": { actions: ["bars", emit({ type: "callback.done" })] },
          "hint.told": { actions: "believes" },
        },
      },
      active: {
        on: {
          "guest.disables": { target: "working", actions: "plans" },
          "callback.starts": [
            {
              guard: ({ context }) => context.rules.callback === "ignored",
              actions: ["bars", emit({ type: "callback.done" })],
            },
            { target: "working", actions: ["bars", "plans"] },
          ],
          /** A hint that comes late: the ring is locked down now, unless it is already. */
          "hint.told": [
            { guard: ({ context }) => context.holds, actions: "believes" },
            {
              target: "working",
              actions: ["believes", assign({ plan: ["lock", "take", "unlock"], done: 0 })],
            },
          ],
        },
      },
      working: {
        on: {
          "mediator.steps": [
            { guard: "waits", target: "waiting", actions: "performs" },
            { guard: "isLast", target: "ending", actions: "performs" },
            { actions: "performs" },
          ],
          "mediator.is-rejected": [
            {
              guard: ({ context: { plan, done, holds, rules } }) =>
                plan[done] === "forward" && holds && rules.takesBack,
              actions: assign({ plan: ["lock", "give", "unlock"], done: 0 }),
            },
            {
              guard: ({ context: { plan, done } }) => plan[done] === "forward",
              target: "ending",
              actions: "settles",
            },
          ],
        },
      },
      waiting: {
        on: {
          "lockdown.done": { target: "choosing", actions: "learns" },
          "queue.quiesced": { target: "choosing", actions: "stops" },
        },
      },
      choosing: { always: [...goesOn] },
      /** No step: where it rests. */
      ending: {
        always: [
          { guard: "staysOn", target: "active", actions: "settles" },
          { target: "idle", actions: "rests" },
        ],
      },
    },
  });
