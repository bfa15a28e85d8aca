/** Events and messages of fault-param.ts. Ids of groups are valid until `group.frees` or `group.freed`. */
import { linux612 } from "../../../../../said.ts";
import type { AllocationFailure, Fault, KernelWarning, PageResponse, ResponseCode } from "../../../include/iommu.ts";
import type { FaultParamRules } from "./fault-groups.ts";

type Named = { readonly device: number; readonly group: number };

export type FaultParamEvent =
  /** `memory`: kzalloc() of the fault_param fails. */
  | { readonly type: "param.adds"; readonly device: number; readonly queue: number; readonly memory?: "none" }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: number }
  | { readonly type: "param.gets"; readonly device: number }
  | { readonly type: "param.puts"; readonly device: number }
  | { readonly type: "param.flushes"; readonly device: number }
  /** A thread waits until no group and no reporter points to fault_param. */
  | { readonly type: "param.awaits-unnamed"; readonly device: number }
  | { readonly type: "partials.discard"; readonly device: number }
  | { readonly type: "partial.pushes"; readonly device: number; readonly fault: Fault }
  | { readonly type: "group.collects"; readonly device: number; readonly fault: Fault; readonly onStack: boolean }
  | ({ readonly type: "group.responds"; readonly code: ResponseCode } & Named)
  | ({ readonly type: "group.dequeues" } & Named)
  | ({ readonly type: "group.frees" } & Named)
  /** The handler queues the work of the group on the IOPF queue of its fault_param. */
  | ({ readonly type: "work.queues" } & Named)
  /** Ghost: a holder drops a dangling pointer without another use. */
  | ({ readonly type: "group.forgets" } & Named);

export type FaultParamEmits =
  | PageResponse
  | KernelWarning
  | AllocationFailure
  | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number }
  | { readonly type: "param.removed"; readonly device: number; readonly queue: number; readonly found: boolean }
  | { readonly type: "param.got"; readonly device: number; readonly found: boolean }
  | { readonly type: "queue.flushes"; readonly device: number; readonly queue: number }
  | { readonly type: "flush.returns"; readonly device: number; readonly result: number }
  | ({ readonly type: "work.queued"; readonly queue: number } & Named)
  | ({ readonly type: "group.built"; readonly members: readonly Fault[] } & Named)
  /** Ghost: iopf_queue_remove_device() freed a group that its handler or its queued work still points to. */
  | ({ readonly type: "group.freed" } & Named);

const IOPF = "drivers/iommu/io-pgfault.c";

/** What a fault handler says of a group (struct iopf_group) that it was given. */
export const groupSays = {
  "group.responds": { says: "responds {code} to group {group}", origin: linux612(IOPF, "iopf_group_response") },
  "group.dequeues": {
    says: "takes group {group} off fault_param->faults",
    origin: linux612(IOPF, "iopf_group_dequeue"),
  },
  "group.frees": { says: "frees group {group}", origin: linux612(IOPF, "iopf_free_group") },
  "group.forgets": "drops its pointer to group {group}, which is freed",
  "work.queues": "queues group {group} as work",
} as const;

/** What a thread says that puts a device on an IOPF queue, takes it off, or flushes the queue. */
export const paramSays = {
  "param.adds": {
    says: "puts device {device} on IOPF queue {queue}",
    origin: linux612(IOPF, "iopf_queue_add_device"),
  },
  "param.removes": {
    says: "takes device {device} off IOPF queue {queue}",
    origin: linux612(IOPF, "iopf_queue_remove_device"),
  },
  "param.flushes": {
    says: "flushes the IOPF workqueue of device {device}",
    origin: linux612(IOPF, "iopf_queue_flush_dev"),
  },
} as const;

export type FaultParamInput = {
  readonly device: number;
  readonly rules?: Partial<FaultParamRules>;
  /** For a device that starts on a queue; default 0. */
  readonly queue?: number;
};
