/**
 * A process that has a work queue open: it sends descriptors, and its close ends what the device and the driver do for it.
 *
 * Models  idxd in Linux 6.12 and 7.3, cdev.c: idxd_cdev_open() notes the process under its PASID. idxd_file_dev_release() drains
 *         the device, idxd_cdev_evl_drain_pasid() marks entries of the log and drains the workqueue with evl->lock held,
 *         and iommu_sva_unbind_device() and idxd_xa_pasid_remove() forget the process. The PASID is given out again.
 * Omits   Dedicated queues, several processes of one shared queue, the exit of a process before its files are closed.
 */
import { assign, emit, setup } from "xstate";
import { mutexSays } from "../../lib/mutex.ts";
import { atWill, linux612, messages } from "../../../../said.ts";
import type { Sent } from "../../../device/shared-engine.ts";
import { LOG_LOCK } from "./event-log.ts";

/** What a close leaves out. */
export type CloseOmits = "nothing" | "device-drain" | "marks" | "work-drain";

export interface CloseRules {
  readonly omits: CloseOmits;
  /** The workqueue is drained with evl->lock held. */
  readonly holdsLog: boolean;
}

export interface QueueFileContext {
  readonly queue: number;
  readonly rules: CloseRules;
  readonly lives: number;
  /** Which use of the queue this is; the PASID is the same in each. */
  readonly life: number;
  /** A descriptor was sent, and its record is not whole yet. */
  readonly waits: boolean;
  readonly rest: boolean;
  readonly status: boolean;
  /** A record of an earlier life was written to this one. */
  readonly foreign: boolean;
  /** A record was written after its close had ended. */
  readonly late: boolean;
}

type Locking = { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string };
type OfQueue = { readonly queue: number };
export type QueueFileEmits =
  | Locking
  | ({ readonly type: "descriptor.is-sent" } & Sent)
  | ({ readonly type: "engine.is-asked" | "log.is-marked" | "copies.are-awaited" } & OfQueue)
  | ({ readonly type: "process.is-found"; readonly life: number | null } & OfQueue);

type Written = { readonly queue: number; readonly life: number; readonly part: "all" };
const s = setup({
  types: {
    context: {} as QueueFileContext,
    events: {} as
      | { readonly type: "file.opens" | "file.sends" | "file.closes" | "close.steps" | "close.looks" }
      | ({ readonly type: "engine.tells"; readonly drained: boolean } & OfQueue)
      | ({ readonly type: "copies.are-drained" | "process.is-looked-up" } & OfQueue)
      | ({ readonly type: "record.is-written" } & Written)
      | ({
          readonly type: "record.is-copied";
          readonly part: "rest" | "status";
          readonly of: number;
          readonly into: number;
        } & OfQueue),
    emitted: {} as QueueFileEmits,
    input: {} as Pick<QueueFileContext, "queue" | "rules" | "lives">,
  },
});

const CDEV = "drivers/dma/idxd/cdev.c";
const RELEASE = linux612(CDEV, "idxd_file_dev_release");
const DRAIN = linux612(CDEV, "idxd_cdev_evl_drain_pasid");
const lock = (type: Locking["type"]) =>
  s.emit(({ context: { queue } }) => ({ type, lock: LOG_LOCK, owner: `file${queue}` }));
const marks = s.emit(({ context: { queue } }) => ({ type: "log.is-marked", queue }));
const omits =
  (what: CloseOmits) =>
  ({ context: { rules } }: { readonly context: QueueFileContext }): boolean =>
    rules.omits === what;
const holdsLog = ({ context: { rules } }: { readonly context: QueueFileContext }): boolean => rules.holdsLog;

export const workQueueFile = s.createMachine({
  id: "work-queue-file",
  description: "a process that has a work queue open",
  meta: {
    origin: RELEASE,
    lane: "a process with work queue {queue}",
    messages: {
      ...mutexSays("evl->lock"),
      ...messages<Exclude<QueueFileEmits, Locking>>({
        "descriptor.is-sent": "sends a descriptor to queue {queue}",
        "engine.is-asked": {
          says: "waits until the device has drained its PASID",
          origin: linux612("drivers/dma/idxd/device.c", "idxd_device_drain_pasid"),
        },
        "log.is-marked": { says: "marks the entries of its PASID in the log", origin: DRAIN },
        "copies.are-awaited": { says: "waits until the workqueue is drained", origin: DRAIN },
        "process.is-found": {
          says: "is found by its PASID",
          origin: linux612(CDEV, "idxd_copy_cr"),
        },
      }),
    },
  },
  context: ({ input }) => ({
    ...input,
    life: 0,
    waits: false,
    rest: false,
    status: false,
    foreign: false,
    late: false,
  }),
  initial: "closed",
  states: {
    closed: {
      description: "the queue is not open",
      on: {
        "file.opens": {
          description: "opens the queue, and gets the PASID",
          meta: { origin: atWill("a process") },
          guard: ({ context: { life, lives } }) => life < lives,
          target: "open",
          actions: assign({ life: ({ context }) => context.life + 1, waits: false, rest: false, status: false }),
        },
        "process.is-looked-up": {
          actions: emit(({ context: { queue } }) => ({ type: "process.is-found", queue, life: null })),
        },
        "record.is-written": { actions: assign({ late: true }) },
        "record.is-copied": { actions: assign({ late: true }) },
      },
    },
    open: {
      description: "the queue is open",
      on: {
        "file.sends": {
          description: "sends a descriptor",
          meta: { origin: atWill("a process") },
          guard: ({ context: { waits } }) => !waits,
          actions: [
            assign({ waits: true, rest: false, status: false }),
            emit(({ context: { queue, life } }) => ({ type: "descriptor.is-sent", queue, life })),
          ],
        },
        "file.closes": [
          {
            description: "begins to close",
            meta: { origin: atWill("a process") },
            guard: omits("device-drain"),
            target: "marking",
          },
          { description: "begins to close", meta: { origin: atWill("a process") }, target: "draining" },
        ],
      },
    },
    draining: {
      description: "waits until the device has completed its descriptors",
      on: {
        "close.looks": {
          description: "asks the device",
          actions: emit(({ context: { queue } }) => ({ type: "engine.is-asked", queue })),
        },
        "engine.tells": [{ guard: ({ event }) => event.drained, target: "marking" }, {}],
      },
    },
    marking: {
      description: "is about to drain the event log",
      on: {
        "close.steps": [
          {
            description: "leaves the entries of the log as they are",
            guard: omits("marks"),
            target: "flushing",
          },
          {
            description: "takes evl->lock, and marks its entries",
            guard: holdsLog,
            target: "flushing",
            actions: [lock("lock.acquires"), marks],
          },
          { description: "marks its entries", target: "flushing", actions: marks },
        ],
      },
    },
    flushing: {
      description: "waits for the workqueue",
      on: {
        "close.steps": [
          { description: "does not wait", guard: omits("work-drain"), target: "unlocking" },
          {
            description: "has waited for the workqueue",
            actions: emit(({ context: { queue } }) => ({ type: "copies.are-awaited", queue })),
          },
        ],
        "copies.are-drained": { target: "unlocking" },
      },
    },
    unlocking: {
      description: "is about to forget the process",
      on: {
        "close.steps": [
          {
            description: "drops evl->lock, and forgets the process",
            guard: ({ context: { rules } }) => rules.holdsLog && rules.omits !== "marks",
            target: "closed",
            actions: lock("lock.releases"),
          },
          { description: "forgets the process", target: "closed" },
        ],
      },
    },
  },
  on: {
    "process.is-looked-up": {
      actions: emit(({ context: { queue, life } }) => ({ type: "process.is-found", queue, life })),
    },
    /** The device finds the memory by the PASID. */
    "record.is-written": [
      {
        guard: ({ context, event }) => context.life === event.life,
        actions: assign({ rest: true, status: true, waits: false }),
      },
      { actions: assign({ foreign: true }) },
    ],
    "record.is-copied": [
      { guard: ({ context, event }) => event.into !== context.life, actions: assign({ late: true }) },
      { guard: ({ event }) => event.of !== event.into, actions: assign({ foreign: true }) },
      {
        actions: assign(({ context: { rest, status, waits }, event: { part } }) => {
          const now = { rest: rest || part === "rest", status: status || part === "status" };
          return { ...now, waits: waits && !(now.rest && now.status) };
        }),
      },
    ],
  },
});
