/**
 * What one fault costs in look-ups and locks, counted along a path of the model: each call between machines that stands for
 * a search or for the taking of a lock, by the functions that it models.
 *
 * Source  RFC v1 and v2 (patch 2 and 3: vfio_iommu_dev_fault_handler() and what it calls), VFIO facts 1.1 for v3; Linux
 *         6.1.192, iommu_report_device_fault(), iommu_page_response(), vfio_group_get_from_dev(); Linux 6.12.117,
 *         io-pgfault.c, iommufd/fault.c, iommu_attach_handle_get().
 * Omits   what is not VFIO's or the core's: locks of the driver around a report (streams_mutex, iopf_lock), of the memory
 *         management, of page tables, workqueues and waitqueues (iommufd_fault.wait_queue); counts of references and RCU,
 *         which nobody waits for.
 */
import type { TraceRecord, TransferRecord } from "../checker/run-record.ts";

export interface Cost {
  readonly kind: "look-up" | "lock";
  /** What is searched, or taken. */
  readonly of: string;
}

const lock = (of: string): Cost => ({ kind: "lock", of });
const lookUp = (of: string): Cost => ({ kind: "look-up", of });

const FAULT_PARAM = lock("fault_param->lock");

/** By "caller message", where the number of a device or thread is left out of the caller's name. */
const COSTS: { readonly [call: string]: readonly Cost[] } = {
  // iommu_report_device_fault() of 6.1 and of the RFC's time, in the focused model `rfc`.
  "reporter lock.acquires P": [lock("dev->iommu->lock")],
  "reporter device.asks": [lookUp("the device's handler")],
  "reporter device.pends": [FAULT_PARAM],
  // vfio_group_get_from_dev() and the container of the group; v3: the tree of groups.
  "reporter container.gets": [lock("vfio.group_lock"), lookUp("vfio.group_list"), lookUp("the group's container")],
  "reporter lock.acquires G": [lock("the mutex of the group tree")],
  "reporter tree.finds": [lookUp("the group tree")],
  // vfio_iommu_type1_dynamic_dma_map(), vfio_iommu_type1_dma_map_iopf().
  "handler lock.acquires L": [lock("vfio_iommu.lock")],
  "handler container.resolves": [lookUp("vfio_find_dma()")],
  // iommu_page_response().
  "handler device.answers": [FAULT_PARAM, lookUp("the pending fault")],
  // iommu_report_device_fault() of 6.12.
  "reporter handle.looks-up": [lock("xa_lock of pasid_array"), lookUp("iommu_attach_handle_get()")],
  "reporter param.gets": [lookUp("dev->iommu->fault_param")],
  "reporter group.collects": [FAULT_PARAM, lookUp("partial faults of the group")],
  // A handler of type1 on that core.
  "resolver lock.acquires": [lock("vfio_iommu.lock")],
  "resolver container.finds": [lookUp("vfio_find_dma()")],
  // iopf_group_response(), which needs no search.
  "worker group.responds": [FAULT_PARAM],
  "writer group.responds": [FAULT_PARAM],
  // iommufd_fault_iopf_handler(), iommufd_fault_fops_read(), iommufd_fault_fops_write().
  "handler group.dequeues": [FAULT_PARAM],
  "handler deliver.appends": [lock("iommufd_fault.lock")],
  "reader lock.acquires": [lock("iommufd_fault.mutex")],
  "reader deliver.fetches": [lock("iommufd_fault.lock")],
  "reader deliver.keeps": [lock("xa_lock of response")],
  "writer lock.acquires": [lock("iommufd_fault.mutex")],
  "writer response.takes": [lock("xa_lock of response"), lookUp("the cookie")],
};

/** "reporter lock.acquires P" or "reporter lock.acquires", for a call of "reporter0". */
function callsOf({ from, message }: TransferRecord): readonly string[] {
  const call = `${from.replace(/\d+$/, "")} ${message.type}`;
  const named = message["lock"];
  return typeof named === "string" ? [`${call} ${named.replace(/\d+$/, "")}`] : [call];
}

/** In the order of the path; a call that searches nothing and takes no lock costs nothing here. */
export const costsOf = ({ steps }: Pick<TraceRecord, "steps">): readonly Cost[] =>
  steps.flatMap(({ transfers }) =>
    transfers.filter(({ how }) => how === "call").flatMap((one) => callsOf(one).flatMap((call) => COSTS[call] ?? [])),
  );
