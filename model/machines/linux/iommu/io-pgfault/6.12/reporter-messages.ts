/** What the thread inside iommu_report_device_fault() knows, hears and says. */
import type {
  AllocationFailure,
  Fault,
  KernelLog,
  KernelWarning,
  PageResponse,
  ResponseCode,
} from "../../../include/iommu.ts";
import type { AttachHandle } from "./attach-handles.ts";

export type ReporterContext = {
  /** The request in hand; null between calls. */
  readonly fault: Fault | null;
  /** Of a kind that the core cannot recover from: it is refused, and not answered (IOMMU_FAULT_DMA_UNRECOV). */
  readonly unrecoverable: boolean;
  /** Borrowed, from the lookup to the end of the handler. */
  readonly handle: AttachHandle | null;
  readonly handleFreed: boolean;
  /** The group that was built, and what is in it. */
  readonly group: number | null;
  readonly members: readonly Fault[];
  readonly groupFreed: boolean;
  /** The group is on the stack, because no memory was left. */
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
  /** 0: the group is the handler's from here on. */
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
