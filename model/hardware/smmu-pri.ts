/**
 * Arm SMMUv3 with PRI. Marks: V read in the specification, R recalled, I inferred, D a choice of ours. Linux 6.12 has
 * no handling of PRI for it (H27): what the driver does is what the specification asks of one.
 */
import type { Hardware } from "./hardware.ts";

export const smmuPri = {
  name: "smmu-pri",
  pqEntries: 2, // D; real: 2^n, n <= 19
  pqUsable: "N", // V 3.5: wrap bits
  ovfLastResponse: "success", // V 8.1
  ovfInhibits: true, // V 8.1 OVFLG different from OVACKFLG
  offLastResponse: "failure", // V 8.1 PRIQEN = 0, SMMUEN = 0
  cfgErrResponse: "failure", // V 8.1 stream table entry that cannot be read
  priOffResponse: "failure", // I no switch of its own for a stream
  memFaultResponse: "failure", // V 8.1 queue abort
  enableResets: false, // R PROD and CONS stay
  autoRespPasid: "byConfig", // V PPS = 1 or STE.PPAR = 1
  autoRespFailurePasid: "none", // V 8.1
  stopMarker: "supported", // V without PASID an ordinary request
  implicitInvOnPR: false, // V none named
  earlyWarning: 0, // V none
  irqModel: "edgeOn01", // V non-empty and overflow edges
  irqErrorLatch: false, // I
  irqReread: false, // I
  irqClears: "pending", // V the acknowledgement is behind the loop
  headAdvance: "perEntry", // V 8: advance the head before the response
  clearPolicy: "drainedOnly", // V 8.1.1 one write moves the head and acknowledges
  discardScope: "queue", // V 8.1.1 forget groups without a last request
  partialKey: "prgi", // D as the Linux core
  upgradeWithoutInv: false, // V no implicit invalidation to rely on (I3)
  drainSupport: "none", // V CMD_SYNC gives no guarantee for page requests
  creditsPerDev: 1, // D
  creditPolicy: "sumWithinUsable", // V 8
  creditReservation: "group", // D
  groupMax: 2, // D endpoint specific
  memberReorder: false, // D
  prgiSpace: 1, // D; real: 512
  prgiScope: "functionAndPasid", // D
  priSharedPFVF: true, // V PCIe PRI
  faultable: "all", // D
  givesUp: "never", // D
  retryThrottle: 0, // R none
  flr: "never", // D
  blockAtsBeforeFlr: true, // V rule of PCIe 10.3.1
  pasid: false, // D
  stallSlots: 0, // V 3.12.1: streams of PCIe must not stall
  stallDupSuppress: false,
  stallEarlyRetry: false,
  stallDowngrade: false,
  evtqEntries: 1, // D events that are not stalls
  termBehaviour: "abort", // V CD.A
  ats: "full", // V STE.EATS = 1; 2 is split
  atcEntries: 1, // D
  atcNegCache: false, // V PCIe forbids it
  atcInvDefect: "none",
  atcInvTimeout: "never", // D
  atcInvTimeoutPolicy: "errorFence", // V CERROR_ATC_INV
  cmdqInOrder: true, // V
  negCaching: false, // R
  httu: "off", // D IDR0.HTTU optional
  stages: "s1", // D
  faultStageVisible: false, // V fact 6
} as const satisfies Hardware;
