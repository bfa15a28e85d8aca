/**
 * The thread that detaches a device: it stops it, waits until its requests are reported, flushes the work, and frees.
 *
 * Models  iommu_sva_unbind_device() of 6.12 and 7.3, which holds iommu_sva_lock; intel_iommu_drain_pasid_prq();
 *         iopf_queue_flush_dev(), which in 6.1 holds param->lock while it waits; iommufd_hwpt_detach_device() and
 *         iommufd_auto_response_faults().
 * Omits   The drain in hardware, IOTLB and devTLB, iommu_group->mutex, param->lock of the RFC when it unregisters, and a device
 *         that is attached again.
 */
import { setup } from "xstate";
import { mutexSays } from "../../../lib/mutex.ts";
import { atWill, linux, linux61, linux612, messages, proposal } from "../../../../../said.ts";
import { SVA_LOCK } from "../../iommu-sva/sva-binder.ts";
import type { Detached } from "./hung-device.ts";
import { PARAM_LOCK } from "./report-thread.ts";

export type FlushHolds = "nothing" | "param-lock" | "sva-lock";

export interface DetachRules {
  readonly holds: FlushHolds;
  /** Handlers of the device are interrupted before it waits for them. */
  readonly interrupts: boolean;
  /** Queued work is flushed. */
  readonly flushes: boolean;
  /** Requests in the queue are waited for. */
  readonly drains: boolean;
  /** What user space has not answered is answered. */
  readonly answers: boolean;
  /** What it holds is dropped at the end. */
  readonly unlocks: boolean;
}

export interface DeviceDetachContext extends Detached {
  readonly rules: DetachRules;
}

const OWNER = "detach";

type Locking = { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string };
export type DeviceDetachEmits =
  | Locking
  | ({
      readonly type:
        "sender.stops" | "ring.is-searched" | "handler.is-interrupted" | "queue.flushes" | "answers.are-taken";
    } & Detached);

const s = setup({
  types: {
    context: {} as DeviceDetachContext,
    events: {} as
      | { readonly type: "detach.begins" | "detach.steps" | "detach.looks" }
      | { readonly type: "ring.tells"; readonly device: number; readonly found: boolean }
      | { readonly type: "flush.returns"; readonly device: number; readonly result: number },
    emitted: {} as DeviceDetachEmits,
    input: {} as DeviceDetachContext,
  },
});

const lockOf = ({ rules: { holds }, device }: DeviceDetachContext): string =>
  holds === "sva-lock" ? SVA_LOCK : `${PARAM_LOCK}${device}`;
const locking = (type: Locking["type"]) =>
  s.emit(({ context }) => ({ type, lock: lockOf(context), owner: `${OWNER}${context.device}` }));
const holds =
  (wanted: FlushHolds) =>
  ({ context: { rules } }: { readonly context: DeviceDetachContext }): boolean =>
    rules.holds === wanted;
const tell = (type: Exclude<DeviceDetachEmits, Locking>["type"]) =>
  s.emit(({ context: { device, of } }) => ({ type, device, of }));

const UNBIND = linux612("drivers/iommu/iommu-sva.c", "iommu_sva_unbind_device");
const FLUSH = linux("drivers/iommu/io-pgfault.c", "iopf_queue_flush_dev");

export const deviceDetach = s.createMachine({
  id: "device-detach",
  description: "the thread that detaches a device",
  meta: {
    origin: UNBIND,
    lane: "the thread that detaches device {device}",
    messages: {
      ...mutexSays("the lock that it holds while it flushes"),
      ...messages<Exclude<DeviceDetachEmits, Locking>>({
        "sender.stops": { says: "stops device {device}", origin: atWill("the driver of the device") },
        "ring.is-searched": "looks for requests of device {device} between head and tail",
        "handler.is-interrupted": {
          says: "interrupts the handlers of device {device}",
          origin: proposal("a handler that waits so that a detach can end it"),
        },
        "queue.flushes": { says: "calls flush_workqueue()", origin: FLUSH },
        "answers.are-taken": {
          says: "answers what user space has not answered",
          origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_auto_response_faults"),
        },
      }),
    },
  },
  context: ({ input }) => input,
  initial: "attached",
  states: {
    attached: {
      description: "the device is attached",
      on: {
        "detach.begins": [
          {
            description: "begins to detach the device",
            meta: { origin: atWill("the owner of the device") },
            guard: holds("sva-lock"),
            target: "locking",
          },
          {
            description: "begins to detach the device",
            meta: { origin: atWill("the owner of the device") },
            target: "stopping",
          },
        ],
      },
    },
    locking: {
      description: "is about to take iommu_sva_lock",
      on: {
        "detach.steps": {
          description: "takes iommu_sva_lock",
          target: "stopping",
          actions: locking("lock.acquires"),
        },
      },
    },
    stopping: {
      description: "is about to stop the device",
      on: {
        "detach.steps": [
          {
            description: "stops the device",
            guard: ({ context: { rules } }) => rules.drains,
            target: "draining",
            actions: tell("sender.stops"),
          },
          { description: "stops the device", target: "flushing", actions: tell("sender.stops") },
        ],
      },
    },
    draining: {
      description: "waits until the requests of the device are reported",
      on: {
        "detach.looks": { description: "looks at head and tail", actions: tell("ring.is-searched") },
        "ring.tells": [{ guard: ({ event }) => !event.found, target: "flushing" }, {}],
      },
    },
    flushing: {
      description: "is about to flush the work",
      on: {
        "detach.steps": [
          {
            description: "frees what the device has had",
            guard: ({ context: { rules } }) => !rules.flushes,
            target: "freeing",
          },
          {
            description: "takes the lock of the device's parameters",
            meta: { origin: linux61("drivers/iommu/io-pgfault.c", "iopf_queue_flush_dev") },
            guard: holds("param-lock"),
            target: "locked",
            actions: locking("lock.acquires"),
          },
          {
            description: "interrupts handlers, and flushes the work",
            guard: ({ context: { rules } }) => rules.interrupts,
            target: "waiting",
            actions: [tell("handler.is-interrupted"), tell("queue.flushes")],
          },
          { description: "flushes the work", target: "waiting", actions: tell("queue.flushes") },
        ],
      },
    },
    locked: {
      description: "holds the lock of the device's parameters, and is about to flush the work",
      on: { "detach.steps": { description: "flushes the work", target: "waiting", actions: tell("queue.flushes") } },
    },
    waiting: {
      description: "waits in flush_workqueue()",
      on: {
        "flush.returns": [
          { guard: holds("param-lock"), target: "freeing", actions: locking("lock.releases") },
          { target: "freeing" },
        ],
      },
    },
    freeing: {
      description: "is about to free what the device has had",
      on: {
        "detach.steps": [
          {
            description: "answers what user space has not answered, and ends the detach",
            guard: ({ context: { rules } }) => rules.answers,
            target: "unlocking",
            actions: tell("answers.are-taken"),
          },
          { description: "ends the detach", target: "unlocking" },
        ],
      },
    },
    unlocking: {
      description: "is about to return",
      on: {
        "detach.steps": [
          {
            description: "drops iommu_sva_lock, and returns",
            guard: ({ context: { rules } }) => rules.holds === "sva-lock" && rules.unlocks,
            target: "ended",
            actions: locking("lock.releases"),
          },
          { description: "returns", target: "ended" },
        ],
      },
    },
    ended: { description: "the device is detached" },
  },
});
