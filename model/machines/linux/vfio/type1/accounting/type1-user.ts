/**
 * A thread of the VMM in an ioctl on a type1 container: it takes iommu->lock, looks at the mapping, does one thing after
 * the other (type1-plan.ts), and drops the lock. In between only DMA_UNMAP drops the lock, to notify drivers.
 *
 * Models  the ioctls of a type1 container (VFIO facts 2.2, 2.3). While drivers are notified (U3a), driver-notification.ts
 *         takes the steps of the thread; then the thread looks at the mapping again.
 * Omits   what ranges/range-user.ts has: several mappings by their ranges. What dirty/ has: the dirty log. Flags.
 */
import { assign, emit, setup } from "xstate";
import type { DmaTold } from "./accounted-dma.ts";
import type { PinResult } from "./page-pinning.ts";
import {
  afterFailure,
  plan,
  planSays,
  type Phase,
  type Plan,
  type PlanMessage,
  type PlanRules,
  type Request,
} from "./type1-plan.ts";
import { atWill, linux, messages } from "../../../../../said.ts";
import { namedLockSays } from "../words.ts";

export interface Type1UserRules extends PlanRules {
  readonly container: number;
  readonly lock: string;
}

export interface Type1UserContext {
  readonly rules: Type1UserRules;
  readonly phase: Phase | null;
  /** Charges that were moved to the new mm so far. */
  readonly moved: number;
  /** The mm that is charged, and the page of the charge. */
  readonly mm: number | null;
  readonly page: number | null;
}

const STEPS = ["locks", "works", "unlocks"] as const;

type Type1UserEmits =
  | PlanMessage
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "dma.asks"; readonly by: string }
  | { readonly type: "dma.charges"; readonly page: number }
  | { readonly type: "mm.hands-over"; readonly mm: number }
  | { readonly type: "driver.leaves" | "driver.resumes" | "unmap.ends" };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

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
    emitted: {} as Type1UserEmits,
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
/** The state that the plan leads to. */
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
/** The update of a vaddr met the limit: the new mm is uncharged again. */
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
  description: "a thread of the VMM in an ioctl on a type1 container",
  meta: {
    origin: atWill("the VMM"),
    lane: "a thread of the VMM",
    messages: messages<Type1UserEmits>({
      ...planSays,
      ...namedLockSays,
      "dma.asks": "looks at the mapping",
      "dma.charges": { says: "counts page {page} in dma->locked_vm", origin: linux(TYPE1, "vfio_lock_acct") },
      "driver.leaves": "closes the devices of the drivers",
      "driver.resumes": "lets the drivers pin again",
      "unmap.ends": "ends DMA_UNMAP",
    }),
  },
  context: ({ input }) => ({ rules: input, phase: null, moved: 0, mm: null, page: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no ioctl is under way",
      on: {
        "user.begins": [
          /** The last file of a container is closed after every device. */
          {
            description: "closes the last file of the container",
            guard: "releases",
            target: "locking",
            actions: [leaves, begins],
          },
          { description: "begins the {request} ioctl", target: "locking", actions: begins },
        ],
      },
    },
    locking: {
      description: "an ioctl wants iommu->lock ({phase})",
      on: { "user.locks": { description: "takes iommu->lock", target: "working", actions: acquires } },
    },
    working: {
      description: "holds iommu->lock; the next step is to be taken ({phase})",
      on: {
        "user.works": {
          description: "looks at the mapping and takes the next step ({phase})",
          meta: { listed: true },
          actions: emit(({ context }) => ({ type: "dma.asks", by: context.rules.name })),
        },
        "dma.told": [
          { guard: leads("waiting"), target: "waiting", actions: says },
          { guard: leads("charging"), target: "charging", actions: says },
          { guard: leads("unlocking"), target: "unlocking", actions: says },
          { guard: leads("notifying"), target: "notifying", actions: says },
          { actions: says },
        ],
      },
    },
    waiting: {
      description: "one page is being pinned or released",
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
      description: "a page is being charged ({phase})",
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
      description: "the drivers are being notified of DMA_UNMAP",
      on: {
        "notification.done": [{ guard: ({ event }) => event.locked, target: "working" }, { target: "locking" }],
        "notification.bug": { target: "bug" },
      },
    },
    unlocking: {
      description: "the ioctl is done, and iommu->lock is still held",
      on: {
        "user.unlocks": [
          {
            description: "drops iommu->lock and frees the container",
            guard: "isReleased",
            target: "released",
            actions: [drops, forgets],
          },
          { description: "drops iommu->lock and returns", target: "idle", actions: [drops, resumes, forgets] },
        ],
      },
    },
    released: {
      description: "the container is released",
      on: { "user.opens": { description: "opens another container", target: "idle", actions: resumes } },
    },
    bug: { description: "the thread has died in BUG_ON() with iommu->lock held" },
  },
});

/** Its steps once an ioctl has begun. */
export const type1UserSteps = STEPS.map((step) => ({ type: `user.${step}` }));
