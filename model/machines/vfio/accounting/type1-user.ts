/**
 * A thread of user space in an ioctl on a type1 container: it takes the container's lock, looks, does one thing after the
 * other (type1-plan.ts), and drops the lock; in between only DMA_UNMAP lets go of it, to tell drivers.
 *
 * Models  VFIO facts 2.2 and 2.3. U3a as it is written: the lock of the device list is taken, the container's lock dropped,
 *         every driver's dma_unmap called, both taken back, and everything looked at again.
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
import { again } from "../unmap-repeats.ts";

export interface Type1UserRules extends PlanRules {
  readonly container: number;
  readonly lock: string;
  readonly list: string;
}

export interface Type1UserContext {
  readonly rules: Type1UserRules;
  readonly phase: Phase | null;
  /** Notifications that DMA_UNMAP has repeated; null: none yet. */
  readonly retries: number | null;
  /** Charges that are moved to another mm so far. */
  readonly moved: number;
  /** The mm that is asked for a charge, and the page it is for. */
  readonly mm: number | null;
  readonly page: number | null;
}

const STEPS = ["locks", "works", "takes-list", "drops-lock", "calls", "drops-list", "unlocks"] as const;

const s = setup({
  types: {
    context: {} as Type1UserContext,
    events: {} as
      | { readonly type: "user.begins"; readonly request: Request }
      | { readonly type: "user.opens" }
      | { readonly type: `user.${(typeof STEPS)[number]}` }
      | DmaTold
      | { readonly type: "dma.is-new" }
      | { readonly type: "pinning.done"; readonly result: PinResult }
      | { readonly type: "putting.done" | "callback.done" }
      | { readonly type: "account.charged" | "account.refused" | "mm.gone" },
    emitted: {} as
      | PlanMessage
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "dma.asks"; readonly by: string }
      | { readonly type: "dma.charges"; readonly page: number }
      | { readonly type: "mm.hands-over"; readonly mm: number }
      | { readonly type: "callback.starts"; readonly by: string }
      | { readonly type: "driver.leaves" | "driver.resumes" },
    input: {} as Type1UserRules,
  },
  guards: {
    releases: ({ event }) => event.type === "user.begins" && event.request === "release",
    isReleased: ({ context }) => context.phase === "release",
    transfers: ({ context }) => context.phase === "transfer",
    staysLocked: ({ context }) => context.rules.design.notifies === "locked",
    isApart: ({ context }) => context.rules.design.listLock === "apart",
  },
});

const planned = (context: Type1UserContext, told: DmaTold): Plan =>
  plan(context.rules, told, { phase: context.phase!, retries: context.retries, moved: context.moved });
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
const acquires = (which: "lock" | "list") =>
  s.emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules[which] }));
const drops = (which: "lock" | "list") =>
  s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules[which] }));
const begins = s.assign({ phase: ({ event }) => (event.type === "user.begins" ? event.request : null) });
const forgets = s.assign({ phase: null, retries: null, moved: 0, mm: null, page: null });
/** DMA_UNMAP is over, or there is another container: drivers may pin again. */
const resumes = s.enqueueActions(({ context: { rules, phase }, enqueue }) => {
  if (rules.drivers > 0 && (phase === null || phase === "unmap" || phase === "remove"))
    enqueue.emit({ type: "driver.resumes" });
});
const leaves = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.drivers > 0) enqueue.emit({ type: "driver.leaves" });
});
const counts = s.assign({ retries: ({ context }) => again(context.retries) });
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
  context: ({ input }) => ({ rules: input, phase: null, retries: null, moved: 0, mm: null, page: null }),
  /** Another mapping than the last one: DMA_UNMAP counts from the beginning. */
  on: { "dma.is-new": { actions: assign({ retries: null }) } },
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
    locking: { on: { "user.locks": { target: "working", actions: acquires("lock") } } },
    working: {
      on: {
        "user.works": { actions: emit(({ context }) => ({ type: "dma.asks", by: context.rules.name })) },
        "dma.told": [
          { guard: leads("waiting"), target: "waiting", actions: says },
          { guard: leads("charging"), target: "charging", actions: says },
          { guard: leads("unlocking"), target: "unlocking", actions: says },
          { guard: leads("notifying"), target: "notifying.taking", actions: [says, counts] },
          { guard: leads("bug"), target: "bug" },
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
    notifying: {
      initial: "taking",
      states: {
        taking: {
          always: { guard: "isApart", target: "dropping" },
          on: { "user.takes-list": { target: "dropping", actions: acquires("list") } },
        },
        dropping: {
          always: { guard: "staysLocked", target: "calling" },
          on: {
            "user.drops-lock": [
              { guard: "isApart", target: "taking-apart", actions: drops("lock") },
              { target: "calling", actions: drops("lock") },
            ],
          },
        },
        "taking-apart": { on: { "user.takes-list": { target: "calling", actions: acquires("list") } } },
        calling: {
          on: {
            "user.calls": { actions: emit(({ context }) => ({ type: "callback.starts", by: context.rules.name })) },
            "callback.done": { target: "returning" },
          },
        },
        returning: {
          on: {
            "user.drops-list": [
              { guard: "staysLocked", target: "#type1-user.working", actions: drops("list") },
              { target: "#type1-user.locking", actions: drops("list") },
            ],
          },
        },
      },
    },
    unlocking: {
      on: {
        "user.unlocks": [
          { guard: "isReleased", target: "released", actions: [drops("lock"), forgets] },
          { target: "idle", actions: [drops("lock"), resumes, forgets] },
        ],
      },
    },
    /** The container is gone; user space may open another one. */
    released: { on: { "user.opens": { target: "idle", actions: resumes } } },
    /** BUG_ON(++retries > 10): the thread dies with the container's lock. */
    bug: {},
  },
});

/** What it does once it has begun. */
export const type1UserSteps = STEPS.map((step) => ({ type: `user.${step}` }));
