/**
 * The mediator: the driver that knows where the ring of a queue lies, because it traps the register write. Lists give the
 * order of its steps, so that a design that leaves a step out or swaps two is another list.
 *
 * Models  the protocol for a device that tolerates faults on some pages only (VFIO facts 3.2; row 39: a vendor extension
 *         of vfio-pci-core or an mdev wrapper locks pages down; row 70: no pinning at attach or DMA_MAP, lockdown when
 *         the guest registers a ring). It locks the ring down, then forwards the write; it quiesces the queue, then
 *         releases the ring. Its dma_unmap callback (VFIO facts 2.3 U3a) stops the queue as the guest does. A device may
 *         reject the write (B-23: vfio-ap leaked the page when the next hardware step failed). It holds new rings back
 *         while an unmap is under way, or admits them (B-25: DMA_UNMAP retries until BUG_ON()).
 * Omits   what type1/accounting/mdev-pinner.ts has: the lock of the driver's cache, the charges, and the close of the
 *         device. Where the mediator is built: vfio-pci-core and mdev trap the same write.
 */
import { assign, emit, setup } from "xstate";
import type { Keeping } from "./pin-scope.ts";
import { atWill, linux612, messages, proposal } from "../../../../../said.ts";
import { iommuLockSays } from "../../type1/words.ts";

export type MediatorStep = "lock" | "take" | "give" | "unlock" | "forward" | "quiesce";

/** What happens in which order; the first of each kind is right. */
export const PROGRAMS = {
  "lockdown-first": ["lock", "take", "unlock", "forward"],
  /** The device knows the ring before it is locked down (I-24: the register is written after the lockdown). */
  "forward-first": ["forward", "lock", "take", "unlock"],
} as const satisfies { readonly [order: string]: readonly MediatorStep[] };

export const STOPS = {
  "after-quiesce": ["quiesce", "lock", "give", "unlock"],
  /** Releases the ring while the device still fetches (I-25: release after the queue is quiesced). */
  "before-quiesce": ["lock", "give", "unlock", "quiesce"],
  /** Waits for the device under the lock that the faults of the device need (I-38: no deadlock). */
  "quiesce-under-lock": ["lock", "quiesce", "give", "unlock"],
} as const satisfies { readonly [order: string]: readonly MediatorStep[] };

export interface MediatorRules {
  readonly name: string;
  readonly queue: number;
  readonly pages: readonly number[];
  readonly programs: keyof typeof PROGRAMS;
  readonly stops: keyof typeof STOPS;
  /** The pages that it passes to vfio_pin_pages(): the ring, or all pages but the ring (M12: pinned pages may fault). */
  readonly hands: "rings" | "buffers";
  /** Row 66: a pinned page is one that may fault, and every other page is pinned at once. */
  readonly inverse: boolean;
  readonly forwardsAnyway: boolean;
  /** Whether it takes a lockdown back when the device rejects the write (B-23: the page leaked). */
  readonly takesBack: boolean;
  readonly callback: "stops-queue" | "ignored";
  readonly admitsDuringUnmap: boolean;
}

export interface MediatorContext {
  readonly rules: MediatorRules;
  /** Whether it takes the device for one that needs lockdowns. */
  readonly locksDown: boolean;
  readonly ring: readonly number[];
  readonly plan: readonly MediatorStep[];
  readonly done: number;
  /** Its record: its ring is in dma->pfn_list. */
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

const VFIO = "drivers/vfio/vfio_main.c";

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

/** The result of the lockdown. After a refusal only the lock is to be dropped, unless the write is forwarded anyway. */
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
    description: "the driver that traps the ring registers of one queue and locks the ring down",
    meta: {
      origin: proposal("M4 (a mediator that locks rings down)"),
      lane: "the mediator of queue {rules.queue}",
      messages: messages<MediatorEmits>({
        ...iommuLockSays,
        "lockdown.starts": { says: "locks pages [{pages}] down", origin: linux612(VFIO, "vfio_pin_pages") },
        "lockdown.releases": {
          says: "takes pages [{pages}] out of the lockdown",
          origin: linux612(VFIO, "vfio_unpin_pages"),
        },
        "register.arrives": "forwards the register write of queue {queue} to the device",
        "queue.stops": "quiesces queue {queue}",
        "callback.done": "returns from dma_unmap()",
      }),
    },
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
        description: "the queue has no ring",
        on: {
          "guest.programs": {
            description: "traps the guest's write of a ring on pages [{pages}]",
            meta: { origin: atWill("the guest") },
            guard: "admits",
            target: "working",
            actions: "plans",
          },
          "callback.starts": { actions: ["bars", emit({ type: "callback.done" })] },
          "hint.told": { actions: "believes" },
        },
      },
      active: {
        description: "the device knows ring {ring}",
        on: {
          "guest.disables": {
            description: "traps the guest's write that disables the queue",
            meta: { origin: atWill("the guest") },
            target: "working",
            actions: "plans",
          },
          "callback.starts": [
            {
              guard: ({ context }) => context.rules.callback === "ignored",
              actions: ["bars", emit({ type: "callback.done" })],
            },
            { target: "working", actions: ["bars", "plans"] },
          ],
          /** A late hint: it locks the ring down now, unless it has done so. */
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
        description: "takes the steps {plan}",
        on: {
          "mediator.steps": [
            {
              description: "takes the next of the steps {plan}",
              meta: { listed: true },
              guard: "waits",
              target: "waiting",
              actions: "performs",
            },
            { guard: "isLast", target: "ending", actions: "performs" },
            { actions: "performs" },
          ],
          "mediator.is-rejected": [
            {
              description: "has its register write rejected, and takes the lockdown back",
              guard: ({ context: { plan, done, holds, rules } }) =>
                plan[done] === "forward" && holds && rules.takesBack,
              actions: assign({ plan: ["lock", "give", "unlock"], done: 0 }),
            },
            {
              description: "has its register write rejected",
              guard: ({ context: { plan, done } }) => plan[done] === "forward",
              target: "ending",
              actions: "settles",
            },
          ],
        },
      },
      waiting: {
        description: "waits for the lockdown, or for the queue to be quiesced",
        on: {
          "lockdown.done": { target: "choosing", actions: "learns" },
          "queue.quiesced": { target: "choosing", actions: "stops" },
        },
      },
      choosing: { description: "a wait is over", always: [...goesOn] },
      ending: {
        description: "has taken the steps {plan}",
        always: [
          { guard: "staysOn", target: "active", actions: "settles" },
          { target: "idle", actions: "rests" },
        ],
      },
    },
  });
