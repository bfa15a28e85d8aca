/** Context, events and messages of reporter.ts, and what the messages say. */
import type { Message } from "../../../../../../checker/json.ts";
import { linux612, messages } from "../../../../../said.ts";
import {
  allocationSays,
  OK,
  pageResponseSays,
  type AllocationFailure,
  type Fault,
  type KernelLog,
  type KernelWarning,
  type PageResponse,
  type ResponseCode,
} from "../../../include/iommu.ts";
import type { AttachHandle } from "./attach-handles.ts";
import { groupSays } from "./fault-param-messages.ts";

export type ReporterContext = {
  /** The argument of the call; null between calls. */
  readonly fault: Fault | null;
  /** IOMMU_FAULT_DMA_UNRECOV: the core returns -EINVAL and sends no response. */
  readonly unrecoverable: boolean;
  /** Borrowed without a reference, from the lookup to the end of the handler. */
  readonly handle: AttachHandle | null;
  readonly handleFreed: boolean;
  /** The group that iopf_group_alloc() returned, and its members. */
  readonly group: number | null;
  readonly members: readonly Fault[];
  readonly groupFreed: boolean;
  /** The group is abort_group on the stack: kzalloc() failed. */
  readonly onStack: boolean;
  readonly result: number;
  /** The handle or the group was used after it was freed. Never cleared. */
  readonly useAfterFree: boolean;
};

export type ReporterEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault; readonly unrecoverable?: boolean }
  | { readonly type: "reporter.finds-handler" }
  | { readonly type: "handle.found"; readonly device: number; readonly handle: AttachHandle | null }
  | { readonly type: "handle.freed"; readonly handle: AttachHandle }
  | { readonly type: "group.freed"; readonly device: number; readonly group: number }
  | { readonly type: "reporter.takes-reference" }
  | { readonly type: "param.got"; readonly device: number; readonly found: boolean }
  | { readonly type: "reporter.allocates"; readonly ok: boolean }
  | { readonly type: "reporter.pushes-partial" }
  | { readonly type: "reporter.puts-reference" }
  | { readonly type: "reporter.collects-group" }
  | {
      readonly type: "group.built";
      readonly device: number;
      readonly group: number;
      readonly members: readonly Fault[];
    }
  | { readonly type: "reporter.calls-handler" }
  /** 0: the handler owns the group from now on. */
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number }
  | { readonly type: "reporter.aborts-group" }
  | { readonly type: "reporter.frees-group" }
  | { readonly type: "reporter.rejects" };

export type ReporterEmits =
  | PageResponse
  | KernelLog
  | KernelWarning
  | AllocationFailure
  | { readonly type: "handle.looks-up"; readonly device: number; readonly pasid: number | null }
  | { readonly type: "param.gets"; readonly device: number }
  | { readonly type: "param.puts"; readonly device: number }
  | { readonly type: "partial.pushes"; readonly device: number; readonly fault: Fault }
  | { readonly type: "group.collects"; readonly device: number; readonly fault: Fault; readonly onStack: boolean }
  | {
      readonly type: "group.delivered";
      readonly device: number;
      readonly group: number;
      readonly handle: AttachHandle;
      readonly members: readonly Fault[];
    }
  | { readonly type: "group.responds"; readonly device: number; readonly group: number; readonly code: ResponseCode }
  | { readonly type: "group.frees" | "group.forgets"; readonly device: number; readonly group: number }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

/** Its own steps; `allocations` says whether kzalloc() may fail. */
export const reporterSteps = (allocations: "succeed" | "may-fail"): readonly Message[] => [
  { type: "reporter.finds-handler" },
  { type: "reporter.takes-reference" },
  { type: "reporter.allocates", ok: true },
  ...(allocations === "may-fail" ? [{ type: "reporter.allocates", ok: false }] : []),
  { type: "reporter.pushes-partial" },
  { type: "reporter.puts-reference" },
  { type: "reporter.collects-group" },
  { type: "reporter.calls-handler" },
  { type: "reporter.aborts-group" },
  { type: "reporter.frees-group" },
  { type: "reporter.rejects" },
];

export const IDLE: Omit<ReporterContext, "useAfterFree"> = {
  fault: null,
  unrecoverable: false,
  handle: null,
  handleFreed: false,
  group: null,
  members: [],
  groupFreed: false,
  onStack: false,
  result: OK,
};

const IOPF = "drivers/iommu/io-pgfault.c";

export const reporterSays = messages<ReporterEmits>({
  ...groupSays,
  "driver.page-response": { says: pageResponseSays, origin: linux612(IOPF, "iopf_error_response") },
  "kernel.logs": 'logs "iopf with pasid {pasid} aborted"',
  "kernel.warns": "trips WARN_ON(): device {device} has no fault_param",
  "allocation.fails": allocationSays,
  "handle.looks-up": "looks up the attach handle of device {device} (PASID: {pasid})",
  "param.gets": "takes a reference to fault_param of device {device}",
  "param.puts": "puts the reference to fault_param of device {device}",
  "partial.pushes": "adds page {fault.page} to the partial faults of device {device}",
  "group.collects": "collects the partial faults of PRGI {fault.grp} and links the group",
  "group.delivered": "calls domain->iopf_handler() with group {group}",
  reported: { says: "returns {result} to the IOMMU driver", origin: linux612(IOPF, "iommu_report_device_fault") },
});
