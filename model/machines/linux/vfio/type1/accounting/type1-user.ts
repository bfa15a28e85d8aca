/**
 * A thread of user space in an ioctl on a type1 container: it takes the container's lock, looks, does one thing after the
 * other (type1-plan.ts), and drops the lock; in between only DMA_UNMAP lets go of it, to tell drivers.
 *
 * Models  VFIO facts 2.2 and 2.3; while drivers are told (U3a), driver-notification.ts acts for it, and then everything is
 *         looked at again.
 * Omits   several mappings, flags, dirty bitmaps (a study of their own).
 */
import { assign, emit, setup } from "xstate";
import type { DmaTold } from "./accounted-dma.ts";
import type { PinResult } from "./page-pinning.ts";
import {
  afterFailure,
  plan,
  type Phase,
  type Plan,
  type PlanMessage,
  type PlanRules,
  type Request,
} from "./type1-plan.ts";

export interface Type1UserRules extends PlanRules {
  readonly container: number;
  readonly lock: string;
}

export interface Type1UserContext {
  readonly rules: Type1UserRules;
  readonly phase: Phase | null;
  /** Charges that are moved to another mm so far. */
  readonly moved: number;
  /** The mm that is asked for a charge, and the page it is for. */
  readonly mm: number | null;
  readonly page: number | null;
}

const STEPS = ["locks", "works", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as Type1UserContext,
    events: {} as
      | { readonly type: "user.begins"; readonly request: Request }
      | { readonly type: "user.opens" }
      | { readonly type: `user.${(typeof STEPS)[number]}` }
      | DmaTold
      | { readonly type: "pinning.done"; readonly result: PinResult }
      | { readonly type: "putting.done" | "notification.bug" }
      | { readonly type: "notification.done"; readonly locked: boolean }
      | { readonly type: "account.charged" | "account.refused" | "mm.gone" },
    emitted: {} as
      | PlanMessage
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "dma.asks"; readonly by: string }
      | { readonly type: "dma.charges"; readonly page: number }
      | { readonly type: "mm.hands-over"; readonly mm: number }
      | { readonly type: "driver.leaves" | "driver.resumes" | "unmap.ends" },
    input: {} as Type1UserRules,
  },
  guards: {
    releases: ({ event }) => event.type === "user.begins" && event.request === "release",
    isReleased: ({ context }) => context.phase === "release",
    transfers: ({ context }) => context.phase === "transfer",
  },
});

const planned = (context: Type1UserContext, told: DmaTold): Plan =>
  plan(context.rules, told, { phase: context.phase!, moved: context.moved });
/** Where the plan leads. */
const leads =
  (next: Plan["next"]) =>
  ({ context, event }: { context: Type1UserContext; event: DmaTold }): boolean =>
    planned(context, event).next === next;
const says = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "dma.told") return;
  const { says: messages, phase } = planned(context, event);
  const charge = messages.find(({ type }) => type === "mm.charges");
  if (phase) enqueue.assign({ phase });
  if (charge && "mm" in charge)
    enqueue.assign({ mm: charge.mm, page: context.phase === "recount" ? event.uncharged : null });
  for (const message of messages) enqueue.emit(message);
});
const acquires = s.emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock }));
const drops = s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock }));
const begins = s.assign({ phase: ({ event }) => (event.type === "user.begins" ? event.request : null) });
const forgets = s.assign({ phase: null, moved: 0, mm: null, page: null });
/** DMA_UNMAP is over, or there is another container: drivers may pin again. */
const resumes = s.enqueueActions(({ context: { rules, phase }, enqueue }) => {
  const unmapped = phase === "unmap" || phase === "remove";
  if (rules.drivers > 0 && unmapped) enqueue.emit({ type: "unmap.ends" });
  if (rules.drivers > 0 && (phase === null || unmapped)) enqueue.emit({ type: "driver.resumes" });
});
const leaves = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.drivers > 0) enqueue.emit({ type: "driver.leaves" });
});
/** UPDATE_VADDR met the limit: what was charged to the new mm is given back. */
const handsBack = s.enqueueActions(({ context: { moved, mm }, enqueue }) => {
  for (let k = 0; k < moved; k++) enqueue.emit({ type: "mm.hands-over", mm: mm! });
});
const records = s.enqueueActions(({ context: { page }, enqueue }) => {
  enqueue.emit({ type: "dma.charges", page: page! });
  enqueue.assign({ page: null, mm: null });
});
const moves = s.assign({ moved: ({ context }) => context.moved + 1 });
const gaveUp = s.emit({ type: "dma.detaches" });

export const type1User = s.createMachine({
  id: "type1-user",
  context: ({ input }) => ({ rules: input, phase: null, moved: 0, mm: null, page: null }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "user.begins": [
          /** The last file is closed only after every device was. */
          { guard: "releases", target: "locking", actions: [leaves, begins] },
          { target: "locking", actions: begins },
        ],
      },
    },
    locking: { on: { "user.locks": { target: "working", actions: acquires } } },
    working: {
      on: {
        "user.works": { actions: emit(({ context }) => ({ type: "dma.asks", by: context.rules.name })) },
        "dma.told": [
          { guard: leads("waiting"), target: "waiting", actions: says },
          { guard: leads("charging"), target: "charging", actions: says },
          { guard: leads("unlocking"), target: "unlocking", actions: says },
          { guard: leads("notifying"), target: "notifying", actions: says },
          { actions: says },
        ],
      },
    },
    /** For one page to be pinned or put. */
    waiting: {
      on: {
        "pinning.done": {
          target: "working",
          actions: assign({
            phase: ({ context, event }) => (event.result === "success" ? context.phase : afterFailure(context.phase!)),
          }),
        },
        "putting.done": { target: "working" },
      },
    },
    charging: {
      on: {
        "account.charged": [
          { guard: "transfers", target: "working", actions: moves },
          { target: "working", actions: records },
        ],
        "account.refused": [
          { guard: "transfers", target: "unlocking", actions: handsBack },
          { target: "unlocking", actions: gaveUp },
        ],
        "mm.gone": [
          { guard: "transfers", target: "unlocking" },
          { target: "unlocking", actions: gaveUp },
        ],
      },
    },
    /** Drivers are told, and unless the lock was kept it has to be taken again. */
    notifying: {
      on: {
        "notification.done": [{ guard: ({ event }) => event.locked, target: "working" }, { target: "locking" }],
        "notification.bug": { target: "bug" },
      },
    },
    unlocking: {
      on: {
        "user.unlocks": [
          { guard: "isReleased", target: "released", actions: [drops, forgets] },
          { target: "idle", actions: [drops, resumes, forgets] },
        ],
      },
    },
    /** The container is gone; user space may open another one. */
    released: { on: { "user.opens": { target: "idle", actions: resumes } } },
    /** BUG_ON(): the thread dies with the container's lock. */
    bug: {},
  },
});

/** What it does once it has begun. */
export const type1UserSteps = STEPS.map((step) => ({ type: `user.${step}` }));
