/**
 * RFC v1 of VFIO IOPF (2021-01-25): pin and map one page at a time when it faults, keep it pinned until DMA_UNMAP. A limit
 * is promised in the RFC thread and was never posted.
 */
import type { Host } from "./host.ts";

/**
 * As posted, over the core of its time, which Linux 6.1 still has: iommu_report_device_fault() calls
 * vfio_iommu_dev_fault_handler() with dev->iommu->lock held, and vfio_iommu_type1_dynamic_dma_map() below it answers each
 * fault before it returns (VFIO facts 1.1).
 */
export const rfcV1 = {
  name: "rfc-v1",
  core: "6.1",
  delivery: "per-request",
  notifier: "none",
  reclaim: "none",
  limit: 0,
  workers: 1,
  premap: 1,
  domains: 1,
  releaseOrder: "standard",
  respondWhen: "after-unlock",
  workerLocks: true,
  vmmLocks: true,
  evictsOwnGroup: false,
  discardWhen: "before-clear",
  acknowledgeWhen: "before-read",
  allocations: "succeed",
  answersTwice: false,
} as const satisfies Host;

/**
 * The same handler over the core of Linux 6.12.117: a group is delivered whole, as the RFC thread agreed (row 58), to a
 * worker that runs outside of the report.
 */
export const rfcV1OnGroups = {
  ...rfcV1,
  name: "rfc-v1-on-groups",
  core: "6.12",
  delivery: "whole-group",
} as const satisfies Host;
