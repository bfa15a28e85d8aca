/**
 * Intel VT-d 5.10 with the Linux 6.12 driver. Marks: V read in the specification or driver, R recalled, D a choice of
 * ours (a small bound). No executable reference exists: derived from the specification.
 */
import type { Hardware } from "./hardware.ts";

export const vtd = {
  name: "vtd",
  pqEntries: 4, // D; real: 2^(PQS+7), Linux 2048
  pqUsable: "N-1", // V 7.4: full when the tail is one behind the head
  ovfLastResponse: "success", // V 7.4, Table 31
  ovfInhibits: true, // V 7.4 PRS.PRO
  offLastResponse: "invalid", // V Table 30: PRE = 0
  cfgErrResponse: "invalid", // V Table 30
  priOffResponse: "invalid", // V Table 30
  memFaultResponse: "invalid", // R not among the causes read
  enableResets: false, // R head and tail stay
  autoRespPasid: "mirror", // R
  autoRespFailurePasid: "mirror", // R
  stopMarker: "supported", // V ECAP.SMS = 1; without it dropped markers are undefined
  implicitInvOnPR: true, // V 6.5.3.1
  earlyWarning: 0, // V none
  irqModel: "edgeOn01", // V PRS.PPR or PRS.PRO rises
  irqErrorLatch: false, // V PPR and PRO are bits of their own
  irqReread: false, // V prq_event_thread() writes PRS.PPR once and looks at PRO only
  irqClears: "pending", // V it clears PRS.PPR, then reads PRS.PRO at the end
  headAdvance: "batch", // V intel/prq.c writes the head after the loop (H7)
  clearPolicy: "drainedOnly", // V intel/prq.c since 2021 (H8)
  discardScope: "queue", // V iopf_queue_discard_partial
  partialKey: "prgi", // V iopf_group_alloc, per device
  upgradeWithoutInv: true, // V SVA relies on the implicit invalidation
  drainSupport: "pd", // V 7.10, ECAP.PDS
  creditsPerDev: 2, // D; real: Linux grants 2048
  creditPolicy: "oversubscribed", // V every device is granted the whole ring (H6)
  creditReservation: "group", // D
  groupMax: 2, // D endpoint specific
  memberReorder: false, // D
  prgiSpace: 1, // D; real: 512
  prgiScope: "function", // D
  priSharedPFVF: true, // V PCIe PRI
  faultable: "all", // D
  givesUp: "never", // D
  retryThrottle: 0, // R none
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
  atcInvTimeoutPolicy: "errorFence", // V FSTS.ITE aborts pending waits
  cmdqInOrder: true, // V
  negCaching: false, // V CM = 0 on bare metal
  httu: "off", // D EA, SSADE optional
  stages: "s1", // D SVA
  faultStageVisible: false, // V fact 6
} as const satisfies Hardware;
