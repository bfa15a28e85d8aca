/** NST: what hardware and software write and remember of the two tables, and several reporters. */
import { always, sometimes } from "../../../checker/property.ts";
import { queue, router, routers, tables, where } from "./parts.ts";
import { hardwareRule, vfioRule } from "../sources.ts";

/** Hardware comes to mark an entry before the host lets it write the table. */
const marksReadOnly = where(
  ({ httu, tableMapping, stages }) => httu !== "off" && tableMapping === "read-only" && stages === "nested",
);
const remembers = where(
  ({ verdictKept, secondStage, stages }) =>
    verdictKept !== "never" && secondStage === "faulting" && stages === "nested",
);
const severalReport = where(({ stages }, { reporters }) => reporters > 1 && stages !== "s2");

export const nstTables = [
  always({
    id: "NST-27",
    name: "no-write-to-read-only-table",
    statement: "Hardware writes nothing that the host has mapped read-only.",
    source: hardwareRule("S3, S26, H29, N9, N10"),
    witness: "NST-28",
    applies: marksReadOnly,
    reads: { tables },
    holds: ({ tables: { context } }) => !context.trespassed,
    values: ({ tables: { context } }) => ({
      "entries that are marked": [...context.marked],
      "the table is mapped": context.tableWritable ? "writable" : "read-only",
    }),
  }),
  sometimes({
    id: "NST-28",
    name: "unmarked-entry-read-only",
    statement: "An entry that hardware has not marked is in a table that the host has mapped read-only.",
    source: hardwareRule("N9, H29"),
    applies: marksReadOnly,
    reads: { tables },
    holds: ({ tables: { context } }) =>
      context.stage2.at(-1)! &&
      !context.tableWritable &&
      context.stage1.some((is, page) => is && !context.marked[page]),
  }),
  always({
    id: "NST-29",
    name: "no-report-lost",
    statement: "No accepted report is lost before user space has read it.",
    source: vfioRule("I-34, B-41"),
    witness: "NST-30",
    applies: severalReport,
    reads: { queue },
    holds: ({ queue: { context } }) => !context.lost,
    values: ({ queue: { context } }) => ({ "user space will read": context.queued.length }),
  }),
  sometimes({
    id: "NST-30",
    name: "two-reporters",
    statement: "Two reporters are about to write into the same queue.",
    source: vfioRule("5.2, B-41"),
    applies: severalReport,
    reads: { routers },
    holds: ({ routers: list }) =>
      list.filter(({ state }) => state === "delivering" || state === "reading-head").length > 1,
  }),
  sometimes({
    id: "NST-31",
    name: "guest-mapping-cached",
    statement: "Software has cached that the guest's page table maps a page.",
    source: hardwareRule("N5, H40"),
    applies: remembers,
    reads: { router },
    holds: ({ router: { context } }) => context.known.length > 0,
  }),
  always({
    id: "NST-32",
    name: "guest-mapping-agrees",
    statement:
      "A mapping that software has cached is still in the guest's page table, or the guest has not invalidated it yet.",
    source: hardwareRule("S24, N5, H40"),
    witness: "NST-31",
    applies: remembers,
    reads: { router, tables },
    holds: ({ router: { context }, tables: { context: now } }) =>
      context.known.every((page) => now.stage1[page] || now.toInvalidate.includes(page)),
    values: ({ router: { context }, tables: { context: now } }) => ({
      "pages that software remembers": [...context.known],
      "stage 1 maps": [...now.stage1],
      "to be invalidated": [...now.toInvalidate],
    }),
  }),
] as const;
