/** Designs and sizes of the focused model `stalls`. */
import type { Hardware } from "../../hardware/hardware.ts";
import type { StallDriverRules } from "../../machines/linux/iommu/arm/arm-smmu-v3/stall-driver.ts";
import type { StallPageContext } from "../../machines/iommu/stall-page.ts";
import type { TransactionRules } from "../../machines/iommu/stalled-transaction-messages.ts";

type OfHardware = Pick<Hardware, "stallEarlyRetry" | "stallDowngrade" | "stallDupSuppress" | "termBehaviour">;

export interface StallsDesign extends OfHardware {
  readonly name: string;
  readonly duplicateStalls: StallPageContext["duplicates"];
  readonly streamKind: TransactionRules["kind"];
  readonly stallEnabled: boolean;
  readonly staleStall: TransactionRules["whenInvalidated"];
  readonly orphanStalls: StallDriverRules["orphans"];
  readonly recordLoss: "never" | "possible";
  readonly afterRecordLoss: StallDriverRules["afterLoss"];
  readonly resumeCount: StallDriverRules["resumes"];
  readonly swapPath: StallDriverRules["swapPath"];
  readonly waitsForQuiescence: boolean;
  readonly checksStallFlag: StallDriverRules["checksStallFlag"];
  readonly resumedWhenOff: TransactionRules["resumedWhenOff"];
}

export interface StallsSizes extends Pick<Hardware, "stallSlots" | "evtqEntries"> {
  readonly name: string;
  /** Whether stalls may be turned off and on again while transactions wait. */
  readonly stallExits: boolean;
}

const RIGHT: Omit<StallsDesign, "name"> = {
  stallEarlyRetry: true,
  stallDowngrade: false,
  stallDupSuppress: false,
  duplicateStalls: "retried",
  termBehaviour: "abort",
  streamKind: "platform",
  stallEnabled: true,
  staleStall: "retries",
  orphanStalls: "answered",
  recordLoss: "possible",
  afterRecordLoss: "terminates",
  resumeCount: "once",
  swapPath: "other",
  waitsForQuiescence: true,
  checksStallFlag: true,
  resumedWhenOff: "terminates",
};

export const stallsHosts = {
  intended: {
    sentence: "The driver resumes every stall, and memory gets a new owner only when the device is quiescent.",
    design: RIGHT,
  },
  "linux-6.12.117": {
    sentence: "Linux 6.12.117: stalls of unknown streams are not resumed, and a lost record is only logged.",
    design: { ...RIGHT, orphanStalls: "forgotten", afterRecordLoss: "message-only" },
  },
} as const;
