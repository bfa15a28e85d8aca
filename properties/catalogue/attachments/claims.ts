/** ATT: page tables attached to the devices of a group, and page faults that are enabled and disabled with them. */
import { always, sometimes } from "../../../checker/property.ts";
import {
  allStates,
  bothFault,
  device,
  devices,
  fails,
  group,
  here,
  lock,
  needed,
  reports,
  several,
  sizes,
  table,
  tables,
  tablesGo,
  thread,
  unbinds,
} from "./parts.ts";
import { coreRule } from "../sources.ts";
import { attProgress } from "./progress.ts";

const counted = [
  always({
    id: "ATT-1",
    name: "users-count-devices",
    statement: "While no call is under way, a page table has one user for each device attached to it.",
    source: coreRule("I16, 3.2; B23"),
    witness: "ATT-2",
    applies: here(),
    reads: { table, group, lock },
    given: { "the lock of the group is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "the count of users is that of its attachments": ({ table: { context: t }, group: { context: g } }) =>
        t.users === (g.rid === t.hwpt ? g.members.length : 0) + (g.pasid === t.hwpt ? 1 : 0),
    },
    values: ({ table: { context: t }, group: { context: g } }) => ({
      "page table": t.hwpt,
      users: t.users,
      "attached to the group": g.rid,
      devices: [...g.members],
    }),
  }),
  sometimes({
    id: "ATT-2",
    name: "two-devices-one-table",
    statement: "Two devices are attached to one page table.",
    source: coreRule("3.2"),
    applies: here(several),
    reads: { group },
    holds: ({ group: { context: g } }) => g.members.length > 1,
  }),
  always({
    id: "ATT-3",
    name: "driver-counts-attachments",
    statement: "The driver's count for a page table is the number of its attachments to it.",
    source: coreRule("I16; B45"),
    witness: "ATT-2",
    applies: here(),
    reads: { table, allStates },
    holds: ({ table: { context: t }, allStates: s }) =>
      t.uses === s.flatMap(({ context }) => context.states).filter(({ hwpt }) => hwpt === t.hwpt).length,
    values: ({ table: { context: t }, allStates: s }) => ({
      "page table": t.hwpt,
      counted: t.uses,
      attachments: s.flatMap(({ context }) => context.states.map((state) => ({ device: context.device, ...state }))),
    }),
  }),
  always({
    id: "ATT-4",
    name: "failed-attach-undone",
    statement:
      "A failed call leaves nothing behind: the driver keeps state only for page tables to which a device is attached.",
    source: coreRule("B29"),
    witness: "ATT-5",
    applies: here(fails),
    reads: { device, allStates, lock },
    given: { "the lock of the group is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "the driver has one state for each attachment of the device": ({ device: { context: d }, allStates: s }) =>
        s
          .filter(({ context }) => context.device === d.device)
          .every(
            ({ context: { states } }) =>
              states.length === [d.rid, d.pasid].filter((hwpt) => hwpt !== null).length &&
              states.every(({ slot, hwpt }) => d[slot] === hwpt),
          ),
    },
  }),
  sometimes({
    id: "ATT-5",
    name: "attach-fails-late",
    statement: "An attach fails when the page faults of a device are already on for it.",
    source: coreRule("I16"),
    applies: here(fails),
    reads: { thread },
    holds: ({ thread: { context: t } }) => t.failed && t.left.some((step) => step.do === "uncount"),
  }),
  always({
    id: "ATT-6",
    name: "iopf-on-if-needed",
    statement:
      "While no call is under way, the page faults of a device are on if and only if an attachment needs them.",
    source: coreRule("I16; B28, D9"),
    witness: "ATT-7",
    applies: here(),
    reads: { device, lock, sizes },
    holds: ({ device: d, lock: l, sizes: { bounds } }) => {
      const attachments = needed(d, bounds);
      return l.state === "held" || (d.context.count === attachments && d.context.on === attachments > 0);
    },
    values: ({ device: d, sizes: { bounds } }) => ({
      device: d.context.device,
      "attachments with faults": needed(d, bounds),
      counted: d.context.count,
      on: d.context.on,
    }),
  }),
  sometimes({
    id: "ATT-7",
    name: "core-gets-fault",
    statement: "The IOPF core gets a fault.",
    source: coreRule("1.2"),
    applies: here(),
    reads: { devices },
    holds: ({ devices: every }) => every.some(({ context: d }) => d.waits || d.refused),
  }),
  always({
    id: "ATT-8",
    name: "no-unmatched-undo",
    statement: "Nothing is disabled, put or dropped that was not enabled or taken before.",
    source: coreRule("I16; B23, B28, B45, D9"),
    witness: "ATT-7",
    applies: here(),
    reads: { device, tables },
    parts: {
      "the device has disabled only what it enabled": ({ device: { context: d } }) => !d.unbalanced,
      "the page tables have put only what they took": ({ tables: t }) => !t.some(({ context }) => context.unbalanced),
    },
  }),
  always({
    id: "ATT-9",
    name: "handled-fault-not-refused",
    statement: "No fault with a handler is refused because the device has no fault parameters.",
    source: coreRule("1.4; D8"),
    witness: "ATT-7",
    applies: here(),
    reads: { device },
    holds: ({ device: { context: d } }) => !d.refused,
  }),
  always({
    id: "ATT-10",
    name: "report-names-device",
    statement: "A report names the device that faulted.",
    source: coreRule("3.2; D9"),
    witness: "ATT-11",
    applies: here(bothFault),
    reads: { reports },
    holds: ({ reports: { context: r } }) => !r.misnamed,
  }),
  sometimes({
    id: "ATT-11",
    name: "two-devices-faults",
    statement: "User space has faults of two devices to read.",
    source: coreRule("3.2"),
    applies: here(bothFault),
    reads: { reports },
    holds: ({ reports: { context: r } }) => r.queued.length > 1,
  }),
  always({
    id: "ATT-12",
    name: "no-report-from-freed-device",
    statement: "No report names a freed device.",
    source: coreRule("I11; D9"),
    witness: "ATT-13",
    applies: here(unbinds),
    reads: { reports },
    holds: ({ reports: { context: r } }) => !r.dangling,
  }),
  sometimes({
    id: "ATT-13",
    name: "first-device-freed",
    statement: "The device that attached first is freed while a fault of another device of its group waits.",
    source: coreRule("3.2; D9"),
    applies: here(unbinds),
    reads: { group, reports },
    holds: ({ group: { context: g }, reports: { context: r } }) =>
      g.handle?.freed === true && r.queued.some((report) => report.device !== g.handle?.device),
  }),
  always({
    id: "ATT-14",
    name: "no-used-table-destroyed",
    statement: "No page table is destroyed while a group is attached to it or a driver has state for it.",
    source: coreRule("I11; B23"),
    witness: "ATT-15",
    applies: here(tablesGo),
    reads: { table, group, allStates },
    given: { "the page table is destroyed": ({ table: t }) => t.state === "destroyed" },
    parts: {
      "no group is attached to it": ({ table: t, group: { context: g } }) =>
        g.rid !== t.context.hwpt && g.pasid !== t.context.hwpt,
      "no driver has a state for it": ({ table: t, allStates: s }) =>
        s.every(({ context }) => context.states.every(({ hwpt }) => hwpt !== t.context.hwpt)),
    },
  }),
  sometimes({
    id: "ATT-15",
    name: "destroy-during-call",
    statement: "A page table is destroyed while another call is under way.",
    source: coreRule("3.3"),
    applies: here(tablesGo),
    reads: { table, lock },
    holds: ({ table: t, lock: l }) => t.state === "destroyed" && l.state === "held",
  }),
] as const;

export const att = [...counted, ...attProgress] as const;
