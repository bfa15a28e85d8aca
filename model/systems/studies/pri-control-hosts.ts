/** The hosts of the study `pri-control`. */
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
  answersRefused: "last",
  refusalForgets: true,
  withoutMemory: "success",
  requestHandling: "served",
  checksModes: true,
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
 * iopf-core 1.5: no memory is answered with the raw 2 (D15), refused requests that are not the last as well (D4). The
 * driver of 6.12 knows of no private data, and writes none into a response.
 */
const LINUX_6_12: Omit<PriControlDesign, "name"> = {
  ...INTENDED,
  enableResets: false,
  recordWrites: "before-tail",
  partialKey: "prgi",
  answersRefused: "every",
  refusalForgets: false,
  withoutMemory: "failure",
  failureCode: "reserved",
  answerData: "ignored",
};

export const priControlHosts = {
  intended: {
    sentence: "Software that answers what may be answered, and hardware that makes it as hard as the facts allow.",
    design: INTENDED,
  },
  "linux-6.12.117": {
    sentence: "Linux 6.12 on VT-d: one key for all PASIDs, every refused request answered, Failure without memory.",
    design: LINUX_6_12,
  },
  "linux-6.12.117-amd": {
    sentence:
      "Linux 6.12 on AMD: no PASID in responses, no mode refused, stop markers answered, records that are seen late.",
    design: {
      ...LINUX_6_12,
      offLastResponse: "none",
      stopMarker: "treatedAsRequest",
      markerRule: "answered",
      answersWithPasid: false,
      checksModes: false,
      recordWrites: "after-tail",
    },
  },
  /** H27: the thread of the queue logs each request, and denies the last one of a group; nothing looks for markers. */
  "linux-6.12.117-smmuv3": {
    sentence: "Linux 6.12 on SMMUv3: it has no handling of page requests, and answers each last one with Failure.",
    design: {
      ...LINUX_6_12,
      offLastResponse: "failure",
      requestHandling: "denied",
      markerRule: "answered",
      failureCode: "failure",
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<PriControlDesign, "name"> } };
