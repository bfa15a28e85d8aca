/**
 * AMD IOMMU with the Linux 6.12 driver. Marks: V read in the driver, register headers or errata, R recalled, D a choice
 * of ours. The specification itself was not at hand: this is the weakest of the presets.
 */
import type { Hardware } from "./hardware.ts";

export const amd = {
  name: "amd",
  pqEntries: 4, // D; real: 256 .. 32768, Linux 512
  pqUsable: "N-1", // R
  ovfLastResponse: "none", // R without PprAutoRspEn; with it any of 16 codes
  ovfInhibits: true, // V PprOverflow stops the log
  offLastResponse: "none", // R
  cfgErrResponse: "none", // V an INVALID_PPR_REQUEST event is logged
  priOffResponse: "none", // V the same
  memFaultResponse: "none", // R
  enableResets: false, // R PPRLogEn 0 to 1 keeps head and tail
  autoRespPasid: "byConfig", // V GN mask bit
  autoRespFailurePasid: "mirror", // R
  stopMarker: "treatedAsRequest", // V the driver reports them as last requests (H20); BlkStopMrk would be `none`
  implicitInvOnPR: false, // R
  earlyWarning: 2, // D; a threshold of 15 bits; only the early interrupt is modelled
  irqModel: "lossy", // V erratum ERBT1312 (H9)
  irqErrorLatch: false, // R
  irqReread: true, // V amd_iommu_handle_irq(), its workaround for ERBT1312
  irqClears: "both", // V amd_iommu_handle_irq(); R a cleared PprOverflow alone does not start the log again
  headAdvance: "perEntry", // V amd/ppr.c
  clearPolicy: "drainedOnly", // V the log is stopped when its tail is read, then polled up to it and restarted
  discardScope: "none", // V only Intel's driver discards (H2)
  partialKey: "prgi", // V iopf_group_alloc
  upgradeWithoutInv: true, // V Linux SVA
  drainSupport: "none", // R
  creditsPerDev: 2, // D; real: Linux grants 32
  creditPolicy: "oversubscribed", // V 16 devices fill the log (H6)
  creditReservation: "group", // D
  groupMax: 2, // D endpoint specific
  memberReorder: false, // D
  prgiSpace: 1, // D; real: 512
  prgiScope: "functionAndPasid", // V the GN bit is needed to match (H19)
  priSharedPFVF: true, // V PCIe PRI
  faultable: "all", // D
  givesUp: "never", // D
  retryThrottle: 1, // V L1_ATS_RESP_CTRL_0, in units of 50 ns
  flr: "never", // D
  blockAtsBeforeFlr: false, // V 6.12 lacks it (H36)
  pasid: true, // V Linux refuses requests without PASID
  stallSlots: 0, // V no stall model
  stallDupSuppress: false,
  stallEarlyRetry: false,
  stallDowngrade: false,
  evtqEntries: 0,
  termBehaviour: "abort",
  ats: "full", // V
  atcEntries: 1, // D
  atcNegCache: false, // V PCIe forbids it
  atcInvDefect: "none",
  atcInvTimeout: "never", // D
  atcInvTimeoutPolicy: "stuck", // R
  cmdqInOrder: true, // V
  negCaching: false, // R
  httu: "off", // D
  stages: "s1", // D SVA
  faultStageVisible: false, // V fact 6
} as const satisfies Hardware;
