/** The designs of the focused model `pri-control`. */
import type { PriControlDesign } from "./pri-control-design.ts";

const INTENDED: Omit<PriControlDesign, "name"> = {
  prgiScope: "functionAndPasid",
  priSharedPFVF: true,
  pasid: true,
  stopMarker: "supported",
  enableResets: true,
  offLastResponse: "invalid",
  partialKey: "pasidAndPrgi",
  allocations: "may-fail",
  requesters: "pasids",
  stopMethod: "with-marker",
  markerRule: "consumed",
  driverAnswers: "last",
  driverRefusal: "invalid",
  coreAnswers: "last",
  refusalForgets: true,
  withoutMemory: "success",
  requestHandling: "served",
  checksModes: true,
  needsPasid: false,
  answersWithPasid: true,
  answerData: "returned",
  failureCode: "failure",
  interfaceOrder: "standard",
  queueOrder: "standard",
  configTrap: "emulated",
  recordWrites: "after-tail",
  pollsRecord: true,
  afterFailure: "silent",
};

/**
 * iopf-core 1.5: no memory is answered with the raw 2 (D15). handle_bad_prq_event() answers a last request only;
 * iopf_error_response() of the core every one (D4). prq_event_thread() refuses what has no PASID. The driver of 6.12 knows
 * of no private data, and writes none into a response. Its detach drains, then turns PRI off; nobody waits for Stopped
 * before the Reset of the next attach (orders.ts).
 */
const LINUX_6_12: Omit<PriControlDesign, "name"> = {
  ...INTENDED,
  enableResets: false,
  recordWrites: "before-tail",
  partialKey: "prgi",
  coreAnswers: "every",
  refusalForgets: false,
  withoutMemory: "failure",
  needsPasid: true,
  failureCode: "reserved",
  answerData: "ignored",
  interfaceOrder: "linux-6.12.117",
};

/**
 * iommu_report_device_fault() and iommu_queue_iopf() of 6.1 return an error for what they refuse, also without memory;
 * handle_bad_prq_event() then answers Invalid, to a last request only. (One with private data is answered also if it is not
 * the last: request-service.ts.) A detach turns PRI off without a drain.
 */
const LINUX_6_1: Omit<PriControlDesign, "name"> = {
  ...LINUX_6_12,
  coreAnswers: "last",
  withoutMemory: "invalid",
  answerData: "returned",
  interfaceOrder: "linux-6.1.192",
};

export const priControlHosts = {
  intended: {
    sentence:
      "Software responds to every request that may get a response, and hardware is as hostile as its specification allows.",
    design: INTENDED,
  },
  "linux-6.12.117": {
    sentence:
      "Linux 6.12.117 on VT-d: groups of all PASIDs share one key, and the core responds to each request that it refuses.",
    design: LINUX_6_12,
  },
  "linux-6.1.192": {
    sentence:
      "Linux 6.1.192 on VT-d: groups of all PASIDs share one key, and only a refused last request gets a response.",
    design: LINUX_6_1,
  },
  "linux-6.12.117-amd": {
    sentence:
      "Linux 6.12.117 on AMD: the driver responds Failure to what it refuses, and also responds to stop markers.",
    /**
     * iommu_call_iopf_notifier() answers IOMMU_PAGE_RESP_FAILURE, the raw 2, to each request that it refuses.
     * build_complete_ppr() has the PASID in an answer to a device that requires it (pri_tlp). amd_iommu_poll_ppr_log()
     * waits for a record that is not zero, and zeroes it.
     */
    design: {
      ...LINUX_6_12,
      driverAnswers: "every",
      driverRefusal: "failure",
      offLastResponse: "none",
      stopMarker: "treatedAsRequest",
      markerRule: "answered",
      checksModes: false,
      recordWrites: "after-tail",
      interfaceOrder: "linux-6.12.117-amd",
    },
  },
  /**
   * H27: the thread of the queue logs each request, and denies the last one of a group; nothing looks for markers. The
   * driver never turns PRI on or off: interfaceOrder is that of whoever does.
   */
  "linux-6.12.117-smmuv3": {
    sentence: "Linux 6.12.117 on SMMUv3: page requests have no handler, and each last request gets Failure.",
    design: {
      ...LINUX_6_12,
      offLastResponse: "failure",
      requestHandling: "denied",
      needsPasid: false,
      markerRule: "answered",
      failureCode: "failure",
      interfaceOrder: "standard",
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<PriControlDesign, "name"> } };
