/** Transactions that an SMMU stalls, from the fault to their end, and who must wait for whom. */
import { call, delivers, send, takesSteps, type Component } from "../../../checker/system.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import type { KnobTable } from "../../knobs.ts";
import { regionOwner } from "../../machines/stall/region-owner.ts";
import { stallDriver, stallDriverSteps, type StallDriverRules } from "../../machines/stall/stall-driver.ts";
import { stallPage } from "../../machines/stall/stall-page.ts";
import { stallSwitch, stallSwitchSteps } from "../../machines/stall/stall-switch.ts";
import {
  stalledTransaction,
  transactionSteps,
  type TransactionRules,
} from "../../machines/stall/stalled-transaction.ts";
import { range } from "../configuration.ts";
import type { Study } from "../study.ts";

export interface StallsDesign extends Pick<Hardware, "stallEarlyRetry" | "stallDowngrade" | "termBehaviour"> {
  readonly name: string;
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

const knobs: KnobTable<StallsDesign> = {
  stallEarlyRetry: hardwareKnobs.stallEarlyRetry,
  stallDowngrade: hardwareKnobs.stallDowngrade,
  termBehaviour: hardwareKnobs.termBehaviour,
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

/** The steps that some of the transactions take, and when. */
const stepsOf = ({ recordLoss, stallDowngrade, streamKind }: StallsDesign) => {
  const rare: { readonly [step: string]: boolean } = {
    "transaction.loses-record": recordLoss === "possible",
    "transaction.is-downgraded": stallDowngrade,
    "transaction.times-out": streamKind === "pcie",
  };
  return transactionSteps.filter(({ type }) => rare[type] ?? true);
};

const OWNER_STEPS = ["unlinks", "syncs", "relinks"].map((step) => ({ type: `owner.${step}` }));

export const stalls: Study<StallsDesign, StallsSizes> = {
  name: "stalls",
  sentence: "Transactions that an SMMU stalls: early retries, refusals that come too late, records that are lost.",
  cut: "Cut at the record and at the answer: the IOPF core and VFIO between them are one thread that maps the page if its region is linked. The page fault system stall-flat has that part; here the life of a transaction in the hardware is finer. All transactions touch one page, so what needs two pages is hidden.",
  hosts: {
    intended: { sentence: "A driver that answers every stall, and owners that wait for quiescence.", design: RIGHT },
    "linux-6.12": {
      sentence: "Linux 6.12: stalls of unknown streams are forgotten, a lost record is only reported (facts H21, H25).",
      design: { ...RIGHT, orphanStalls: "forgotten", afterRecordLoss: "message-only" },
    },
  },
  knobs,
  sizeKnobs: {
    stallSlots: hardwareKnobs.stallSlots,
    evtqEntries: hardwareKnobs.evtqEntries,
    stallExits: {
      id: "B41",
      values: { kind: "flag" },
      sentence: "Whether stalls may be turned off, and on again, while transactions wait.",
    },
  },
  bounds: {
    small: { stallSlots: 1, evtqEntries: 1, stallExits: false },
    default: { stallSlots: 3, evtqEntries: 2, stallExits: false },
    deep: { stallSlots: 4, evtqEntries: 2, stallExits: false },
  },
  contradiction: (_, { stallSlots, evtqEntries }) =>
    stallSlots === 0 || evtqEntries === 0 ? "it needs a slot and a place for its record" : undefined,
  compose: (design, sizes) => {
    const slots = range(sizes.stallSlots);
    const names = slots.map((stag) => `transaction${stag}`);
    const steps = stepsOf(design);
    const transactions: { readonly [name: string]: Component } = Object.fromEntries(
      slots.map((stag) => [
        `transaction${stag}`,
        {
          machine: stalledTransaction,
          input: {
            stag,
            kind: design.streamKind,
            stalls: design.stallEnabled,
            retriesEarly: design.stallEarlyRetry,
            whenInvalidated: design.staleStall,
            termination: design.termBehaviour,
            resumedWhenOff: design.resumedWhenOff,
          },
          role: "stalled-transaction",
          events: steps,
        },
      ]),
    );
    const named = ({ stag }: { readonly [field: string]: unknown }): string => `transaction${String(stag)}`;
    return {
      components: {
        ...transactions,
        page: { machine: stallPage, role: "stall-page" },
        driver: {
          machine: stallDriver,
          input: {
            orphans: design.orphanStalls,
            afterLoss: design.afterRecordLoss,
            resumes: design.resumeCount,
            swapPath: design.swapPath,
            checksStallFlag: design.checksStallFlag,
          },
          role: "stall-driver",
          events: stallDriverSteps(slots, design.swapPath === "same"),
        },
        owner: {
          machine: regionOwner,
          input: { waits: design.waitsForQuiescence },
          role: "region-owner",
          events: OWNER_STEPS,
        },
        ...(sizes.stallExits ? { exit: { machine: stallSwitch, role: "stall-switch", events: stallSwitchSteps } } : {}),
      },
      channels: { events: { to: "driver", capacity: sizes.evtqEntries, whenFull: "block", unhandled: "block" } },
      routes: [
        call("stalled-transaction", ["page.tried"], "page"),
        send("stalled-transaction", ["event.recorded", "event.reported"], "events"),
        call("stall-switch", ["stalls.off", "stalls.on"], () => names),
        call("stalled-transaction", ["event.lost"], "driver"),
        call("stall-page", ["page.granted", "page.absent"], named),
        call("stall-page", ["page.resolved"], "driver"),
        call("stall-driver", ["page.resolves"], "page"),
        call("stall-driver", ["path.passes"], named, "block"),
        call("stall-driver", ["stall.resumes"], named),
        call("stall-driver", ["stall.terminates"], () => names),
        call("stall-driver", ["stall.releases"], () => names, "block"),
        call("stall-driver", ["record.discarded"], named),
        call("region-owner", ["page.unlinks", "page.links"], "page"),
        call("region-owner", ["invalidation.synced", "memory.given-out"], () => names),
        call("region-owner", ["quiesce.asks"], () => names, "block"),
      ],
      fairness: {
        threads: [takesSteps("driver", "weak"), takesSteps("owner", "weak", ["owner.syncs"])],
        hardware: [
          delivers("events"),
          ...names.map((name) =>
            takesSteps(name, "weak", ["transaction.tries", "transaction.records", "transaction.ends"]),
          ),
        ],
        /** Room in the event queue is not given to the others for ever, nor the driver kept from an error by records. */
        turns: [
          ...names.map((name) => takesSteps(name, "strong", ["transaction.records"])),
          takesSteps("driver", "strong", ["driver.terminates-all"]),
        ],
        devices: [],
        lock: [],
      },
    };
  },
};
