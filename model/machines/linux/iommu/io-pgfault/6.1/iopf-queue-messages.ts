/** Context, events and messages of iopf-queue.ts, and what the messages say. */
import { linux61, messages } from "../../../../../said.ts";
import type { Fault } from "../../../include/iommu.ts";

/** struct iopf_group: iopf_handle_group() owns it from queue_work() on. */
export type Group = { readonly device: number; readonly members: readonly Fault[] };

export type QueueContext = {
  readonly queue: number;
  /** False: a deliberate defect; partial faults stay after an overflow: B2 (the overflow takes the last request). */
  readonly discards: boolean;
  /** The newest first, as the kernel links them. */
  readonly devices: readonly number[];
  /** Devices that iopf_queue_discard_partial() has not reached yet. */
  readonly remaining: readonly number[];
  /** In order of arrival; a worker may begin with any of them. */
  readonly queued: readonly Group[];
  /** Workers inside iopf_handle_group(), ascending. */
  readonly running: readonly number[];
  /** The device of iopf_queue_flush_dev(), which waits for the oldest `awaitedQueued` groups and for these workers. */
  readonly flusher: number | null;
  readonly awaitedQueued: number;
  readonly awaitedRunning: readonly number[];
};

export type QueueEvent =
  | { readonly type: "queue.allocates" }
  | { readonly type: "queue.adds"; readonly device: number }
  | { readonly type: "queue.removes"; readonly device: number }
  | { readonly type: "queue.discards" }
  | { readonly type: "queue.discards-next" }
  | { readonly type: "queue.flushes"; readonly device: number; readonly queue: number }
  | { readonly type: "queue.ends-flush" }
  | { readonly type: "queue.frees" }
  | { readonly type: "queue.frees-next" }
  | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number }
  | { readonly type: "param.removed"; readonly device: number; readonly queue: number; readonly result: number }
  | ({ readonly type: "work.queued"; readonly queue: number } & Group)
  /** A worker takes the group with this index of `queued`. */
  | { readonly type: "work.begins"; readonly index: number; readonly worker: number }
  | { readonly type: "work.done"; readonly worker: number };

export type QueueEmits =
  | { readonly type: "param.adds"; readonly device: number; readonly queue: number }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: number }
  | { readonly type: "partials.discard"; readonly device: number }
  | { readonly type: "queue.flushed"; readonly device: number }
  | ({ readonly type: "work.begun"; readonly worker: number } & Group)
  /** A call other than iopf_queue_flush_dev() is over. */
  | { readonly type: "queue.returns"; readonly queue: number; readonly result: number };

export type QueueInput = { readonly queue: number; readonly discards?: boolean };

const IOPF = "drivers/iommu/io-pgfault.c";
const inAdd = linux61(IOPF, "iopf_queue_add_device");
const inRemove = linux61(IOPF, "iopf_queue_remove_device");
const inDiscard = linux61(IOPF, "iopf_queue_discard_partial");

export const queueSays = messages<QueueEmits>({
  "param.adds": { says: "sets dev->iommu->iopf_param of device {device}", origin: inAdd },
  "param.removes": { says: "clears dev->iommu->iopf_param of device {device}", origin: inRemove },
  "partials.discard": { says: "frees the partial faults of device {device}", origin: inDiscard },
  "queue.flushed": "has run all work that device {device} waits for",
  "work.begun": "starts worker {worker} on a group of device {device}",
  "queue.returns": "returns {result}",
});
