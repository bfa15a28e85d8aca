/**
 * One turn of DMA_UNMAP that found pages pinned by drivers: with its thread it drops the container's lock, calls the
 * dma_unmap callback of every driver, and comes back for another look.
 *
 * Models  VFIO facts 2.3, U3a (I-16, I-38, B-25, B-26): the lock of the device list is taken, the container's lock dropped,
 *         one driver called after the other, the list's lock dropped; the caller takes its lock again. How often that
 *         is repeated is counted: the first meeting is remembered, and one more than the bound is a BUG.
 *         `apart` is the mend that study type1-unmap tries: the list's lock is taken after the container's lock was dropped.
 * Omits   the bound of 10 itself: it is a knob, and small. With `listLock` none the list never changes, and has no lock.
 *         A new mapping at the address of a freed one: Linux compares addresses (dma_last == dma) and goes on counting; here
 *         the count begins again with every new mapping, so that rounds are endless which may be a BUG in Linux.
 *         list_empty(&iommu->device_list), which skips the walk: a page is pinned only while a device is in the list.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";

export interface DriverNotificationRules {
  readonly name: string;
  /** Locks of the container and of its device list. */
  readonly lock: string;
  readonly list: string;
  readonly drivers: number;
  /** Repetitions before BUG. */
  readonly retryBound: number;
  /** Whether the container's lock is dropped meanwhile. */
  readonly notifies: "unlocked" | "locked";
  /** Whether the list's lock is taken inside the container's, or after it was dropped. */
  readonly listLock: "inside" | "apart" | "none";
}

export interface DriverNotificationContext {
  readonly rules: DriverNotificationRules;
  /** The thread that it runs on. */
  readonly by: string | null;
  /** Turns that this DMA_UNMAP has repeated; null before the first. */
  readonly repeats: number | null;
  /** Drivers called in this turn. */
  readonly called: number;
}

const STEPS = ["takes-list", "drops-lock", "calls", "drops-list"] as const;

const s = setup({
  types: {
    context: {} as DriverNotificationContext,
    events: {} as
      | { readonly type: "notification.starts"; readonly by: string }
      | { readonly type: `notification.${(typeof STEPS)[number]}` }
      | { readonly type: "callback.done" }
      /** DMA_UNMAP is over, or meets another mapping than the last one: the count begins again. */
      | { readonly type: "unmap.ends" | "dma.is-new" },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "callback.starts"; readonly driver: number; readonly by: string }
      /** `locked`: the caller still has its lock. */
      | { readonly type: "notification.done"; readonly by: string; readonly locked: boolean }
      /** BUG_ON(): the thread is gone, with what it holds. */
      | { readonly type: "notification.bug"; readonly by: string },
    input: {} as DriverNotificationRules,
  },
  guards: {
    isTooOften: ({ context: { rules, repeats } }) => repeats !== null && repeats >= rules.retryBound,
    staysLocked: ({ context }) => context.rules.notifies === "locked",
    isApart: ({ context }) => context.rules.listLock === "apart",
    takesListFirst: ({ context }) => context.rules.listLock === "inside",
    hasNoList: ({ context }) => context.rules.listLock === "none",
    isLast: ({ context }) => context.called === context.rules.drivers,
  },
});

const acquiresList = s.emit(({ context: { rules, by } }) => ({ type: "lock.acquires", owner: by!, lock: rules.list }));
const drops = (which: "lock" | "list") =>
  s.emit(({ context: { rules, by } }) => ({ type: "lock.releases", owner: by!, lock: rules[which] }));
const dropsLock = drops("lock");
const dropsList = drops("list");
const begins = s.assign({
  by: ({ context, event }) => (event.type === "notification.starts" ? event.by : context.by),
  repeats: ({ context }) => (context.repeats === null ? 0 : context.repeats + 1),
});
const calls = s.enqueueActions(({ context: { rules, called }, enqueue }) => {
  enqueue.emit({ type: "callback.starts", driver: called, by: rules.name });
  enqueue.assign({ called: called + 1 });
});
const returns = s.enqueueActions(({ context: { rules, by }, enqueue }) => {
  enqueue.emit({ type: "notification.done", by: by!, locked: rules.notifies === "locked" });
  enqueue.assign({ by: null, called: 0 });
});

export const driverNotification = s
  .extend({ actions: { acquiresList, dropsLock, dropsList, begins, calls, returns } })
  .createMachine({
    id: "driver-notification",
    context: ({ input }) => ({ rules: input, by: null, repeats: null, called: 0 }),
    on: {
      "unmap.ends": { actions: assign({ repeats: null }) },
      "dma.is-new": { actions: assign({ repeats: null }) },
    },
    initial: "idle",
    states: {
      idle: {
        on: {
          "notification.starts": [
            {
              guard: "isTooOften",
              target: "bug",
              actions: emit(({ event }) => ({ type: "notification.bug", by: event.by })),
            },
            { guard: "takesListFirst", target: "taking", actions: "begins" },
            { target: "dropping", actions: "begins" },
          ],
        },
      },
      taking: { on: { "notification.takes-list": { target: "dropping", actions: "acquiresList" } } },
      dropping: {
        always: { guard: "staysLocked", target: "calling" },
        on: {
          "notification.drops-lock": [
            { guard: "isApart", target: "taking-apart", actions: "dropsLock" },
            { target: "calling", actions: "dropsLock" },
          ],
        },
      },
      "taking-apart": { on: { "notification.takes-list": { target: "calling", actions: "acquiresList" } } },
      calling: { on: { "notification.calls": { target: "called", actions: "calls" } } },
      called: { on: { "callback.done": [{ guard: "isLast", target: "returning" }, { target: "calling" }] } },
      returning: {
        always: { guard: "hasNoList", target: "idle", actions: "returns" },
        on: { "notification.drops-list": { target: "idle", actions: ["dropsList", "returns"] } },
      },
      bug: {},
    },
  });

/** What it does on its own; without a list it takes no lock of it. */
export const driverNotificationSteps = ({ listLock }: Pick<DriverNotificationRules, "listLock">): readonly Message[] =>
  STEPS.filter((step) => listLock !== "none" || !step.endsWith("-list")).map((step) => ({
    type: `notification.${step}`,
  }));
