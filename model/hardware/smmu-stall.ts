/**
 * Arm SMMUv3 with stalled transactions, as on integrated devices that look like PCIe (H33). Marks: V read in the
 * specification or driver, R recalled, D a choice of ours. It has no page request queue: those knobs are idle.
 */
import type { Hardware } from "./hardware.ts";
import { smmuPri } from "./smmu-pri.ts";

export const smmuStall = {
  ...smmuPri,
  name: "smmu-stall",
  pqEntries: 0, // V no PRI
  creditsPerDev: 0, // V no PRI
  groupMax: 1, // V every stall is a group of one
  priSharedPFVF: false, // V no PRI
  discardScope: "none", // V no open groups
  stallSlots: 2, // D; real: IDR5.STALL_MAX
  stallDupSuppress: false, // D permitted by 4.7
  stallEarlyRetry: true, // V 3.12.2
  stallDowngrade: false, // D permitted by 3.12
  evtqEntries: 1, // D; real: up to 2^19
  ats: "off", // V no translation cache in the device
  atcEntries: 0,
  faultStageVisible: true, // V 7.3 S2, CLASS and IPA
  stages: "nested", // D so that the stage matters
} as const satisfies Hardware;
