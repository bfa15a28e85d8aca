/**
 * RFC v1 of VFIO IOPF (2021-01-25): pin and map one page at a time when it faults, keep it pinned until DMA_UNMAP.
 * Groups are delivered whole, as the thread agreed (row 58); a limit is promised in the thread and never posted.
 */
import type { Host } from "./host.ts";

export const rfcV1 = {
  name: "rfc-v1",
  core: "6.12",
  delivery: "whole-group",
  notifier: "none",
  reclaim: "none",
  limit: 0,
  workers: 1,
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
