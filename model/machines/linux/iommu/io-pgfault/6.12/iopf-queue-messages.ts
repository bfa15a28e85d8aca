/** Context, events and messages of iopf-queue.ts, and what the messages say. */
import { linux612, messages } from "../../../../../said.ts";
import type { KernelWarning } from "../../../include/iommu.ts";

/** iopf_group->work. */
export type Work = { readonly device: number; readonly group: number };

export type QueueContext = {
  readonly queue: number;
  /** False: a deliberate defect; partial faults stay after an overflow: B2 (the overflow takes the last request). */
  readonly discards: boolean;
  /** The newest first, as the kernel links them. */
  readonly devices: readonly number[];
  /** Devices that iopf_queue_discard_partial() has not reached yet. */
  readonly remaining: readonly number[];
  /** Work that no worker has begun: a set. */
  readonly queued: readonly Work[];
  /** Work that a worker is inside of: a set. */
  readonly running: readonly Work[];
  /** Work that flush_workqueue() waits for: a set. */
  readonly awaited: readonly Work[];
  /** The device of iopf_queue_flush_dev(). */
  readonly flusher: number | null;
};

export type QueueEvent =
  | { readonly type: "queue.allocates" }
  /** `memory`: kzalloc() of the fault_param fails. */
  | { readonly type: "queue.adds"; readonly device: number; readonly memory?: "none" }
  | { readonly type: "queue.removes"; readonly device: number }
  | { readonly type: "queue.discards" }
  | { readonly type: "queue.discards-next" }
  | { readonly type: "queue.flushes"; readonly device: number; readonly queue: number }
  | { readonly type: "queue.flushed" }
  | { readonly type: "queue.frees" }
  | { readonly type: "queue.frees-next" }
  | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number }
  | { readonly type: "param.removed"; readonly device: number; readonly queue: number; readonly found: boolean }
  | ({ readonly type: "work.queued"; readonly queue: number } & Work)
  | ({ readonly type: "work.begins" } & Work)
  | ({ readonly type: "work.done" } & Work)
  /** Ghost: the work is in freed memory and leaves the model. */
  | ({ readonly type: "work.forgets" } & Work);

export type QueueEmits =
  | KernelWarning
  | { readonly type: "param.adds"; readonly device: number; readonly queue: number; readonly memory?: "none" }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: number }
  | { readonly type: "partials.discard"; readonly device: number }
  /** A call other than iopf_queue_flush_dev() is over; null: it is a void function. */
  | { readonly type: "queue.returns"; readonly queue: number; readonly result: number | null }
  | { readonly type: "flush.returns"; readonly device: number; readonly result: number };

export type QueueInput = {
  readonly queue: number;
  readonly discards?: boolean;
  /** Devices on the queue at the beginning, newest first. */
  readonly devices?: readonly number[];
};

const IOPF = "drivers/iommu/io-pgfault.c";
const inAdd = linux612(IOPF, "iopf_queue_add_device");
const inRemove = linux612(IOPF, "iopf_queue_remove_device");
const inDiscard = linux612(IOPF, "iopf_queue_discard_partial");

export const queueSays = messages<QueueEmits>({
  "kernel.warns": { says: "trips WARN_ON(): device {device} is not on the queue", origin: inRemove },
  "param.adds": { says: "sets dev->iommu->fault_param of device {device}", origin: inAdd },
  "param.removes": { says: "clears dev->iommu->fault_param of device {device}", origin: inRemove },
  "partials.discard": { says: "frees the partial faults of device {device}", origin: inDiscard },
  "queue.returns": "returns {result}",
  "flush.returns": { says: "returns {result}", origin: linux612(IOPF, "iopf_queue_flush_dev") },
});
