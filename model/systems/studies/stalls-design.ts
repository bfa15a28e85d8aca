/** Designs, sizes and hosts of the study `stalls`. */
import { hardwareKnobs } from "../../hardware/knobs.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import type { KnobTable } from "../../knobs.ts";
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

export const stallsKnobs: KnobTable<StallsDesign> = {
  stallEarlyRetry: hardwareKnobs.stallEarlyRetry,
  stallDowngrade: hardwareKnobs.stallDowngrade,
  stallDupSuppress: hardwareKnobs.stallDupSuppress,
  termBehaviour: hardwareKnobs.termBehaviour,
  duplicateStalls: {
    id: "K22",
    values: { kind: "choice", of: ["retried", "forgotten"] },
    sentence: "Whether an answer is also for the stalls of the page that were left unrecorded.",
  },
  streamKind: {
    id: "S25",
    values: { kind: "choice", of: ["platform", "pcie"] },
    sentence: "Whether the device is part of the platform, or a real PCIe device, whose transactions must not stall.",
  },
  stallEnabled: { id: "H26", values: { kind: "flag" }, sentence: "Whether faults of the stream stall." },
  staleStall: {
    id: "S22",
    values: { kind: "choice", of: ["retries", "records"] },
    sentence: "What hardware does with an unrecorded stall that an invalidation affects.",
  },
  orphanStalls: {
    id: "H21",
    values: { kind: "choice", of: ["answered", "forgotten"] },
    sentence: "What software does with the record of a stream that it does not know any more.",
  },
  recordLoss: {
    id: "H25",
    values: { kind: "choice", of: ["never", "possible"] },
    sentence: "Whether writing a record can be aborted, and the record lost.",
  },
  afterRecordLoss: {
    id: "H25",
    values: { kind: "choice", of: ["terminates", "message-only"] },
    sentence: "What software does when a record was lost.",
  },
  resumeCount: {
    id: "S21",
    values: { kind: "choice", of: ["once", "twice"] },
    sentence: "How often a stall is answered; twice is a departure.",
  },
  swapPath: {
    id: "H24",
    values: { kind: "choice", of: ["other", "same"] },
    sentence: "Whether getting a page needs the path whose transactions are stalled.",
  },
  waitsForQuiescence: {
    id: "S23",
    values: { kind: "flag" },
    sentence: "Whether memory is given out again only when nothing of the device is under way.",
  },
  checksStallFlag: {
    id: "hardware facts 4.1",
    values: { kind: "flag" },
    sentence: "Whether software tells the record of a stall from that of a transaction that hardware has ended.",
  },
  resumedWhenOff: {
    id: "B41",
    values: { kind: "choice", of: ["terminates", "stays"] },
    sentence: "What hardware does with a stall that is to be tried again after stalls were turned off.",
  },
};

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

export const stallsSizeKnobs: KnobTable<StallsSizes> = {
  stallSlots: hardwareKnobs.stallSlots,
  evtqEntries: hardwareKnobs.evtqEntries,
  stallExits: {
    id: "B41",
    values: { kind: "flag" },
    sentence: "Whether stalls may be turned off, and on again, while transactions wait.",
  },
};

export const stallsHosts = {
  intended: {
    sentence: "The driver responds to every stall, and owners wait until the device is quiet.",
    design: RIGHT,
  },
  "linux-6.12.117": {
    sentence: "Linux 6.12.117: no response to stalls of unknown streams; a lost record is only reported (H21, H25).",
    design: { ...RIGHT, orphanStalls: "forgotten", afterRecordLoss: "message-only" },
  },
} as const;
