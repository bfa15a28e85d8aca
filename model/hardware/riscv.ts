/**
 * RISC-V IOMMU 1.0. Marks: V read in the specification, X observed on reference models, R recalled, D a choice of ours
 * (a small bound, or what Linux does elsewhere: Linux has no page request support for this IOMMU yet).
 */
import type { Hardware } from "./hardware.ts";

export const riscv = {
  name: "riscv",
  pqEntries: 4, // D; real: 2^1 .. 2^32 (pqb.log2szm1)
  pqUsable: "N-1", // V X 3.7: full when the tail is one behind the head
  ovfLastResponse: "success", // V X 3.7: "may"; both reference models do
  ovfInhibits: true, // V X 3.7 pqcsr.pqof
  offLastResponse: "failure", // V X 3.7 pqcsr.pqon = 0
  cfgErrResponse: "failure", // V X causes 257-259: no or bad device context
  priOffResponse: "invalid", // V X DC.tc.EN_PRI = 0
  memFaultResponse: "failure", // V X 3.7 pqcsr.pqmf
  enableResets: true, // V X pqcsr.pqen 0 to 1: pqt := 0, flags cleared
  autoRespPasid: "byConfig", // V X DC.tc.PRPR
  autoRespFailurePasid: "mirror", // X whatever PRPR says
  stopMarker: "anyPasid", // X both reference models, also without PASID
  implicitInvOnPR: false, // V none named
  earlyWarning: 0, // V none
  irqModel: "edgeOn01", // V X ipsr.pip rises with a record
  irqErrorLatch: true, // V X ipsr.pip is set again while pqof or pqmf is set
  irqReread: false, // D
  irqClears: "pending", // D
  headAdvance: "perEntry", // D pqh may be written at any time
  clearPolicy: "immediate", // V X hardware permits it; 3.7 advises software to drain first
  discardScope: "queue", // V 3.7: ignore incomplete groups
  partialKey: "prgi", // D as the Linux core
  upgradeWithoutInv: false, // D
  drainSupport: "none", // V IOFENCE.C covers ATS.INVAL, not page requests
  creditsPerDev: 2, // D; real: PCIe up to 2^32-1
  creditPolicy: "sumWithinUsable", // D the rule of PCIe
  creditReservation: "group", // D
  groupMax: 2, // D endpoint specific
  memberReorder: false, // D relaxed ordering of the endpoint
  prgiSpace: 1, // D; real: 512
  prgiScope: "functionAndPasid", // D PRPR = 1
  priSharedPFVF: true, // V PCIe PRI
  faultable: "all", // D
  givesUp: "never", // D
  retryThrottle: 0, // V none named
  flr: "never", // D
  blockAtsBeforeFlr: true, // V rule of PCIe 10.3.1
  pasid: false, // D
  stallSlots: 0, // V no stall model
  stallDupSuppress: false,
  stallEarlyRetry: false,
  stallDowngrade: false,
  evtqEntries: 0,
  termBehaviour: "abort",
  ats: "full", // V DC.tc.EN_ATS; T2GPA would be split
  atcEntries: 1, // D
  atcNegCache: false, // V PCIe forbids it
  atcInvDefect: "none",
  atcInvTimeout: "never", // D
  atcInvTimeoutPolicy: "stuck", // V X cqcsr.cmd_to: the head stays on the fence
  cmdqInOrder: true, // V X
  negCaching: false, // V entries with V=0 are not cached
  httu: "off", // D SADE, GADE optional
  stages: "s2", // D
  faultStageVisible: false, // V a page request carries no stage (fact 6)
} as const satisfies Hardware;
