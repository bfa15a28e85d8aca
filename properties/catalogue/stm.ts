/** STM: the life of a stalled transaction in the hardware. */
import { always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { StallDriverContext } from "../../model/machines/stall/stall-driver.ts";
import type { StallPageContext } from "../../model/machines/stall/stall-page.ts";
import type { TransactionContext } from "../../model/machines/stall/stalled-transaction.ts";
import type { StallsDesign } from "../../model/systems/studies/stalls.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule } from "./sources.ts";

const transaction = each<TransactionContext>("stalled-transaction");
const page = each<StallPageContext>("stall-page");
const driver = each<StallDriverContext>("stall-driver");

const where = (condition: (design: StallsDesign) => boolean) => inStudy<StallsDesign, unknown>("stalls", condition);
const stalling = where(({ stallEnabled }) => stallEnabled);
const ENDED = ["idle", "issued", "trying"];

export const stm = [
  always({
    id: "STM-1",
    statement: "A write that was refused never lands in memory that was given out since.",
    source: hardwareRule("S23"),
    witness: "STM-8",
    applies: stalling,
    reads: { page },
    holds: ({ page: p }) => !p.context.spoilt,
  }),
  always({
    id: "STM-2",
    statement: "No fault is recorded that an invalidation made stale before.",
    source: hardwareRule("S22"),
    witness: "STM-9",
    applies: stalling,
    reads: { transaction },
    holds: ({ transaction: t }) => t.state !== "recorded" || !t.context.stale,
  }),
  always({
    id: "STM-3",
    statement: "A transaction of a PCIe device is never stalled.",
    source: hardwareRule("S25"),
    witness: "STM-10",
    reads: { transaction },
    holds: ({ transaction: t }) => t.context.rules.kind === "platform" || ENDED.includes(t.state),
  }),
  always({
    id: "STM-4",
    statement: "A transaction that is ended is told so: it is never silently done.",
    source: hardwareRule("S27"),
    witness: "STM-10",
    reads: { transaction },
    holds: ({ transaction: t }) => !t.context.silent,
  }),
  leadsTo({
    id: "STM-5",
    statement: "A stalled transaction is tried again or ended, if all go on and room is given in turn.",
    source: hardwareRule("L2"),
    witness: "STM-8",
    applies: stalling,
    reads: { transaction },
    when: ({ transaction: t }) => !ENDED.includes(t.state),
    eventually: ({ transaction: t }) => ENDED.includes(t.state),
    assumes: ["threads", "hardware", "turns"],
  }),
  canAlways({
    id: "STM-6",
    statement: "Every slot can always be free again.",
    source: hardwareRule("L2, L7"),
    witness: "STM-10",
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "idle",
  }),
  always({
    id: "STM-7",
    statement: "Software answers a stall only while its transaction waits for that answer.",
    source: hardwareRule("S21"),
    witness: "STM-11",
    applies: stalling,
    reads: { transaction, driver },
    holds: ({ transaction: t, driver: d }) =>
      d.state === "idle" ||
      d.context.stag !== t.context.rules.stag ||
      ["recorded", "trying-again", "done"].includes(t.state),
    values: ({ transaction: t, driver: d }) => ({ [t.name]: t.state, "the driver answers": d.context.stag }),
  }),
  sometimes({
    id: "STM-8",
    statement: "A transaction was refused, and is not ended yet.",
    source: hardwareRule("4.2"),
    applies: stalling,
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "doomed",
  }),
  sometimes({
    id: "STM-9",
    statement: "A stall waits for room for its record while the page is not the device's any more.",
    source: hardwareRule("4.3"),
    applies: stalling,
    reads: { transaction, page },
    holds: ({ transaction: t, page: p }) => t.state === "stalled" && !p.context.linked,
  }),
  sometimes({
    id: "STM-10",
    statement: "A transaction is issued for a page that is not mapped.",
    source: hardwareRule("4.1"),
    reads: { transaction, page },
    holds: ({ transaction: t, page: p }) => t.state === "issued" && !p.context.mapped,
  }),
  sometimes({
    id: "STM-11",
    statement: "A transaction has a record that is not answered.",
    source: hardwareRule("4.2"),
    applies: stalling,
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "recorded",
  }),
  sometimes({
    id: "STM-12",
    statement: "The record of a stall is lost.",
    source: hardwareRule("H25"),
    applies: where(({ stallEnabled, recordLoss }) => stallEnabled && recordLoss === "possible"),
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "lost",
  }),
] as const;
