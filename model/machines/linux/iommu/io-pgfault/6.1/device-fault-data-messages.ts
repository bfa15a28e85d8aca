/** Context, events and messages of device-fault-data.ts. */
import type { Json } from "../../../../../../checker/json.ts";
import type { Fault, KernelLog, PageResponse, ResponseCode } from "../../../include/iommu.ts";
import type { PartialKey } from "../partial-key.ts";

/** The copy of a last request, on fault_param->faults until its response. */
export type PendingFault = {
  readonly fault: Fault;
  /** iommu_report_device_fault() is still inside the handler and holds a pointer to the copy. */
  readonly inReport: boolean;
};

export type DeviceFaultDataContext = {
  readonly device: number;
  readonly partialKey: PartialKey;
  /** False: a deliberate defect; the handler is unregistered while faults are pending. */
  readonly refusesBusy: boolean;
  /** The registered handler; null: dev->iommu->fault_param is NULL. */
  readonly handler: Json;
  /** In order of arrival. */
  readonly pending: readonly PendingFault[];
  /** A thread is inside iommu_page_response() and holds fault_param->lock. */
  readonly responder: boolean;
  /** The queue of the device; null: dev->iommu->iopf_param is NULL. */
  readonly queue: number | null;
  /** In order of arrival. */
  readonly partial: readonly Fault[];
  /** Some thread used freed memory. Never cleared. */
  readonly useAfterFree: boolean;
};

/** struct iommu_page_response. */
export type ResponseMessage = {
  readonly device: number;
  readonly grp: number;
  /** Null: IOMMU_PAGE_RESP_PASID_VALID is clear. */
  readonly pasid: number | null;
  readonly code: ResponseCode;
  readonly version: number;
  /** The worker that calls; null: another thread. */
  readonly by: number | null;
};

type Of = { readonly device: number };

export type DeviceFaultDataEvent =
  | ({ readonly type: "device.locks" } & Of)
  | ({ readonly type: "device.unlocks" } & Of)
  | ({ readonly type: "handler.registers"; readonly handler: Json } & Of)
  | ({ readonly type: "handler.unregisters" } & Of)
  | ({ readonly type: "param.adds"; readonly queue: number } & Of)
  | ({ readonly type: "param.removes"; readonly queue: number } & Of)
  | ({ readonly type: "param.flushes" } & Of)
  | ({ readonly type: "queue.flushed" } & Of)
  | ({ readonly type: "pending.appends"; readonly fault: Fault } & Of)
  | ({ readonly type: "pending.stays" } & Of)
  | ({ readonly type: "pending.unlinks" } & Of)
  | ({ readonly type: "queue.reads" } & Of)
  | ({ readonly type: "partial.pushes"; readonly fault: Fault } & Of)
  | ({ readonly type: "partials.purge"; readonly grp: number } & Of)
  | ({ readonly type: "partials.discard" } & Of)
  | ({ readonly type: "group.collects"; readonly fault: Fault } & Of)
  | ({ readonly type: "page.responds" } & ResponseMessage)
  | ({ readonly type: "response.leaves" } & Of);

export type DeviceFaultDataEmits =
  | KernelLog
  /** `pasid` is that of the request; `responsePasid` is what is sent, null for none. */
  | (PageResponse & { readonly responsePasid: number | null; readonly page: number })
  | ({ readonly type: "device.locked"; readonly handler: Json } & Of)
  | ({ readonly type: "handler.changed"; readonly result: number } & Of)
  | ({ readonly type: "param.added"; readonly queue: number; readonly result: number } & Of)
  | ({ readonly type: "param.removed"; readonly queue: number; readonly result: number } & Of)
  | ({ readonly type: "queue.flushes"; readonly queue: number } & Of)
  | ({ readonly type: "flush.returns"; readonly result: number } & Of)
  | ({ readonly type: "queue.read"; readonly queue: number | null } & Of)
  | ({ readonly type: "work.queued"; readonly queue: number; readonly members: readonly Fault[] } & Of)
  | ({
      readonly type: "response.returns";
      readonly by: number | null;
      readonly result: number;
      /** The caller still holds fault_param->lock. */
      readonly locked: boolean;
    } & Of);

export type DeviceFaultDataInput = {
  readonly device: number;
  readonly partialKey?: PartialKey;
  readonly refusesBusy?: boolean;
};
