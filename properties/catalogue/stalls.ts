/** STM: the life of a stalled transaction in the hardware. */
import { always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { StallDriverContext } from "../../model/machines/linux/iommu/arm/arm-smmu-v3/stall-driver.ts";
import type { StallPageContext } from "../../model/machines/iommu/stall-page.ts";
import type { TransactionContext } from "../../model/machines/iommu/stalled-transaction-messages.ts";
import type { StallsDesign, StallsSizes } from "../../model/systems/studies/stalls-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule } from "./sources.ts";

const transaction = each<TransactionContext>("stalled-transaction");
const page = each<StallPageContext>("stall-page");
const driver = each<StallDriverContext>("stall-driver");

const where = (condition: (design: StallsDesign, sizes: StallsSizes) => boolean) =>
  inStudy<StallsDesign, StallsSizes>("stalls", condition);
const stalling = where(({ stallEnabled }) => stallEnabled);
const exiting = where(({ stallEnabled }, { stallExits }) => stallEnabled && stallExits);
const ENDED = ["idle", "issued", "trying"];

export const stm = [
  always({
    id: "STM-1",
    name: "no-late-refused-write",
    statement: "A refused write never lands in memory that was given to a new owner in the meantime.",
    source: hardwareRule("S23"),
    witness: "STM-8",
    applies: stalling,
    reads: { page },
    holds: ({ page: p }) => !p.context.spoilt,
  }),
  always({
    id: "STM-2",
    name: "no-stale-record",
    statement: "No fault is recorded that an earlier invalidation made stale.",
    source: hardwareRule("S22"),
    witness: "STM-9",
    applies: stalling,
    reads: { transaction },
    given: { "the transaction is recorded": ({ transaction: t }) => t.state === "recorded" },
    parts: { "its record is not stale": ({ transaction: t }) => !t.context.stale },
  }),
  leadsTo({
    id: "STM-5",
    name: "stall-ends",
    statement:
      "A stalled transaction is tried again or ended if all threads and the hardware keep running, and whoever waits for a free slot gets one in the end.",
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
    name: "slots-can-free",
    statement: "Every stall slot can always become free.",
    source: hardwareRule("L2, L7"),
    witness: "STM-10",
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "idle",
  }),
  always({
    id: "STM-7",
    name: "response-while-waiting",
    statement: "Software responds to a stall only while its transaction waits for that response.",
    source: hardwareRule("S21"),
    witness: "STM-11",
    applies: stalling,
    reads: { transaction, driver },
    given: {
      "the driver has a record of its tag": ({ transaction: t, driver: d }) =>
        d.state !== "idle" && d.context.stag === t.context.rules.stag,
    },
    parts: {
      "the transaction is stalled, tried again or done": ({ transaction: t }) =>
        ["recorded", "trying-again", "done"].includes(t.state),
    },
    values: ({ transaction: t, driver: d }) => ({ [t.name]: t.state, "the driver answers": d.context.stag }),
  }),
  sometimes({
    id: "STM-8",
    name: "refused-not-ended",
    statement: "A refused transaction has not ended yet.",
    source: hardwareRule("4.2"),
    applies: stalling,
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "doomed",
  }),
  sometimes({
    id: "STM-9",
    name: "stall-waits-page-gone",
    statement: "A stall waits for room for its record after its page was taken from the device.",
    source: hardwareRule("4.3"),
    applies: stalling,
    reads: { transaction, page },
    holds: ({ transaction: t, page: p }) => t.state === "stalled" && !p.context.linked,
  }),
  sometimes({
    id: "STM-10",
    name: "transaction-on-unmapped-page",
    statement: "A transaction is issued for a page that is not mapped.",
    source: hardwareRule("4.1"),
    reads: { transaction, page },
    holds: ({ transaction: t, page: p }) => t.state === "issued" && !p.context.mapped,
  }),
  sometimes({
    id: "STM-11",
    name: "record-unanswered",
    statement: "A transaction has a record without a response.",
    source: hardwareRule("4.2"),
    applies: stalling,
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "recorded",
  }),
  sometimes({
    id: "STM-12",
    name: "stall-record-lost",
    statement: "The record of a stall is lost.",
    source: hardwareRule("H25"),
    applies: where(({ stallEnabled, recordLoss }) => stallEnabled && recordLoss === "possible"),
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "lost",
  }),
  /** Where stalls are not enabled it cannot fail: what tells is the deliberate defect that enables them. */
  always({
    id: "STM-13",
    name: "no-completion-timeout",
    statement: "No PCIe device gives up an access because it waits too long for its translation.",
    source: hardwareRule("S25, 4.4, H26"),
    witness: "STM-10",
    applies: where(({ streamKind }) => streamKind === "pcie"),
    reads: { transaction },
    holds: ({ transaction: t }) => !t.context.givenUp,
    values: ({ transaction: t }) => ({ [t.name]: `${t.context.rules.kind}, ${t.state}` }),
  }),
  always({
    id: "STM-14",
    name: "no-access-after-refused-one",
    statement: "No access lands if its device wrongly takes the access before it for completed.",
    source: hardwareRule("S27, K24"),
    witness: "STM-10",
    reads: { transaction },
    holds: ({ transaction: t }) => !t.context.misled,
  }),
  leadsTo({
    id: "STM-15",
    name: "stall-off-ends-transactions",
    statement: "A transaction that waits when stalls are turned off is tried again or ended.",
    source: coreRule("L8, B41"),
    witness: "STM-16",
    applies: exiting,
    reads: { transaction },
    when: ({ transaction: t }) => t.context.off && !ENDED.includes(t.state),
    eventually: ({ transaction: t }) => ENDED.includes(t.state),
    assumes: ["threads", "hardware", "turns"],
  }),
  sometimes({
    id: "STM-16",
    name: "stall-off-with-waiting",
    statement: "Stalls are turned off while a transaction waits for its response.",
    source: coreRule("B41"),
    applies: exiting,
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "recorded" && t.context.off,
  }),
  sometimes({
    id: "STM-17",
    name: "stall-without-record",
    statement: "A transaction is stalled without a record of its own because another transaction of the page has one.",
    source: hardwareRule("4.2, K22"),
    applies: where(
      ({ stallEnabled, stallDupSuppress }, { stallSlots }) => stallEnabled && stallDupSuppress && stallSlots > 1,
    ),
    reads: { transaction },
    holds: ({ transaction: t }) => t.state === "suppressed",
  }),
] as const;
