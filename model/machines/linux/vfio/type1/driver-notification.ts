/**
 * One call of vfio_notify_dma_unmap(): a DMA_UNMAP that found pages pinned by drivers drops iommu->lock and calls the
 * dma_unmap() callback of every listed device.
 *
 * Models  drivers/vfio/vfio_iommu_type1.c (VFIO facts 2.3, U3a). vfio_notify_dma_unmap() takes device_list_lock, drops
 *         iommu->lock, calls one device after the other and drops device_list_lock; the caller takes iommu->lock again.
 *         vfio_dma_do_unmap() counts how often it finds the same mapping pinned, and one time more than the bound is a BUG
 *         (I-16: an unmap completes without pins or stays; B-25: the BUG_ON(); B-26: a driver that does not unpin;
 *         I-38: no deadlock). With `listLock: "apart"`, the fix that the focused model type1-unmap tries, device_list_lock
 *         is taken after iommu->lock was dropped. With `listLock: "none"` the list never changes and has no lock.
 * Omits   The bound of 10: it is a knob, and small.
 *         A new mapping at the address of a freed one. Linux compares addresses (dma_last == dma) and continues to count;
 *         here the count starts again with every new mapping, so some endless rounds may be a BUG in Linux.
 *         list_empty(&iommu->device_list), which skips the walk: a page is pinned only while a device is in the list.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages, proposal } from "../../../../said.ts";
import { namedLockSays } from "./words.ts";
import type { Message } from "../../../../../checker/json.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

export interface DriverNotificationRules {
  readonly name: string;
  /** Locks of the container and of its device list. */
  readonly lock: string;
  readonly list: string;
  readonly drivers: number;
  /** Repetitions before BUG. */
  readonly retryBound: number;
  /** Whether iommu->lock is dropped during the walk. */
  readonly notifies: "unlocked" | "locked";
  /** Whether the list's lock is taken inside the container's, or after it was dropped. */
  readonly listLock: "inside" | "apart" | "none";
}

export interface DriverNotificationContext {
  readonly rules: DriverNotificationRules;
  /** The thread that is in DMA_UNMAP. */
  readonly by: string | null;
  /** How often this DMA_UNMAP has found the same mapping pinned again; null before the first time. */
  readonly repeats: number | null;
  /** Drivers called in this walk. */
  readonly called: number;
}

export type DriverNotificationEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "callback.starts"; readonly driver: number; readonly by: string }
  /** `locked`: the caller still has its lock. */
  | { readonly type: "notification.done"; readonly by: string; readonly locked: boolean }
  /** BUG_ON(): the thread ends with what it holds. */
  | { readonly type: "notification.bug"; readonly by: string };

const STEPS = ["takes-list", "drops-lock", "calls", "drops-list"] as const;

const s = setup({
  types: {
    context: {} as DriverNotificationContext,
    events: {} as
      | { readonly type: "notification.starts"; readonly by: string }
      | { readonly type: `notification.${(typeof STEPS)[number]}` }
      | { readonly type: "callback.done" }
      /** DMA_UNMAP returns, or finds another mapping than the last one: the count starts again. */
      | { readonly type: "unmap.ends" | "dma.is-new" },
    emitted: {} as DriverNotificationEmits,
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
    description: "the walk of one DMA_UNMAP over the devices that may have pages pinned",
    meta: {
      origin: linux(TYPE1, "vfio_notify_dma_unmap"),
      lane: "vfio_notify_dma_unmap() of {name}",
      messages: messages<DriverNotificationEmits>({
        ...namedLockSays,
        "callback.starts": "calls dma_unmap() of device {driver}",
        "notification.done": "returns to {by}",
        "notification.bug": {
          says: "hits BUG_ON(): {by} ends with its locks held",
          origin: linux(TYPE1, "vfio_dma_do_unmap"),
        },
      }),
    },
    context: ({ input }) => ({ rules: input, by: null, repeats: null, called: 0 }),
    on: {
      "unmap.ends": { actions: assign({ repeats: null }) },
      "dma.is-new": { actions: assign({ repeats: null }) },
    },
    initial: "idle",
    states: {
      idle: {
        description: "no walk is in progress",
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
      taking: {
        description: "iommu->lock is held, and device_list_lock is to be taken",
        on: {
          "notification.takes-list": {
            description: "takes device_list_lock, with iommu->lock held",
            target: "dropping",
            actions: "acquiresList",
          },
        },
      },
      dropping: {
        description: "iommu->lock is to be dropped",
        always: { guard: "staysLocked", target: "calling" },
        on: {
          "notification.drops-lock": [
            { description: "drops iommu->lock", guard: "isApart", target: "taking-apart", actions: "dropsLock" },
            { target: "calling", actions: "dropsLock" },
          ],
        },
      },
      "taking-apart": {
        description: "iommu->lock is dropped, and device_list_lock is to be taken",
        on: {
          "notification.takes-list": {
            description: "takes device_list_lock, after iommu->lock was dropped",
            meta: { origin: proposal("device_list_lock apart from iommu->lock") },
            target: "calling",
            actions: "acquiresList",
          },
        },
      },
      calling: {
        description: "the next device of the list is to be called",
        on: {
          "notification.calls": {
            description: "calls the next dma_unmap() callback",
            meta: { listed: true },
            target: "called",
            actions: "calls",
          },
        },
      },
      called: {
        description: "a dma_unmap() callback is running",
        on: { "callback.done": [{ guard: "isLast", target: "returning" }, { target: "calling" }] },
      },
      returning: {
        description: "every device was called, and device_list_lock is to be dropped",
        always: { guard: "hasNoList", target: "idle", actions: "returns" },
        on: {
          "notification.drops-list": {
            description: "drops device_list_lock",
            target: "idle",
            actions: ["dropsList", "returns"],
          },
        },
      },
      bug: { description: "BUG_ON(++retries > 10) has ended the thread" },
    },
  });

/** Its spontaneous steps; `listLock: "none"` has none for device_list_lock. */
export const driverNotificationSteps = ({ listLock }: Pick<DriverNotificationRules, "listLock">): readonly Message[] =>
  STEPS.filter((step) => listLock !== "none" || !step.endsWith("-list")).map((step) => ({
    type: `notification.${step}`,
  }));
