/** The knobs of the focused model `stalls`: what each choice of its designs and sizes means. */
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { StallsDesign, StallsSizes } from "./stalls-design.ts";

const flag = { kind: "flag" } as const;

export const stallsKnobs: KnobTable<StallsDesign> = {
  stallEarlyRetry: hardwareKnobs.stallEarlyRetry,
  stallDowngrade: hardwareKnobs.stallDowngrade,
  stallDupSuppress: hardwareKnobs.stallDupSuppress,
  termBehaviour: hardwareKnobs.termBehaviour,
  duplicateStalls: {
    id: "K22",
    values: choice({
      retried: "The SMMU retries all transactions that stall on the page.",
      forgotten: "The SMMU resumes only the recorded transaction (hardware defect).",
    }),
    sentence: "What CMD_RESUME does to stalls of the same page that have no record.",
  },
  streamKind: {
    id: "S25",
    values: choice({
      platform: "It is a platform device, which may stall.",
      pcie: "It is a PCIe device, which must not stall.",
    }),
    sentence: "The kind of device behind the stream.",
  },
  stallEnabled: { id: "H26", values: flag, sentence: "Whether faults of the stream stall (CD.S)." },
  staleStall: {
    id: "S22",
    values: choice({
      retries: "The SMMU retries the transaction.",
      records: "The SMMU records the stale fault (hardware defect).",
    }),
    sentence: "What happens to an unrecorded stall after an invalidation and its CMD_SYNC.",
  },
  orphanStalls: {
    id: "H21",
    values: choice({
      answered: "The driver aborts the transaction.",
      forgotten: "arm_smmu_handle_evt() returns -EINVAL and sends no CMD_RESUME (6.1, 6.12).",
    }),
    sentence: "What the driver does with a stall record of a stream without master.",
  },
  recordLoss: {
    id: "H25",
    values: choice({
      never: "Every record reaches the event queue.",
      possible: "A write to the event queue may be aborted, and its record is lost.",
    }),
    sentence: "Whether the event queue may lose stall records.",
  },
  afterRecordLoss: {
    id: "H25",
    values: choice({
      terminates: "The driver terminates every stalled transaction (CMD_STALL_TERM).",
      "message-only": "arm_smmu_gerror_handler() only logs the error (6.1, 6.12).",
    }),
    sentence: "What the driver does after a stall record was lost.",
  },
  resumeCount: {
    id: "S21",
    values: choice({
      once: "The driver sends one CMD_RESUME.",
      twice: "The driver sends two, and the second may hit another transaction with the tag (deliberate defect).",
    }),
    sentence: "How many CMD_RESUME commands the driver sends for a stall.",
  },
  swapPath: {
    id: "H24",
    values: choice({
      other: "The I/O has a path of its own.",
      same: "The I/O takes the path of the stalled device, which may have no free slot.",
    }),
    sentence: "The path of the I/O that reads a missing page.",
  },
  waitsForQuiescence: {
    id: "S23",
    values: flag,
    sentence: "Whether memory gets a new owner only after no transaction of the device is in flight.",
  },
  checksStallFlag: {
    id: "hardware facts 4.1",
    values: flag,
    sentence: "Whether the driver checks EVTQ_1_STALL, which a record of a terminated transaction does not have.",
  },
  resumedWhenOff: {
    id: "B41",
    values: choice({
      terminates: "The SMMU terminates it.",
      stays: "The transaction stays stalled for ever (hardware defect).",
    }),
    sentence: "What happens to a stalled transaction that is retried after stalls were disabled.",
  },
};

export const stallsSizeKnobs: KnobTable<StallsSizes> = {
  stallSlots: hardwareKnobs.stallSlots,
  evtqEntries: hardwareKnobs.evtqEntries,
  stallExits: {
    id: "B41",
    values: flag,
    sentence: "Whether stalls may be disabled, and enabled again, while transactions wait.",
  },
};
