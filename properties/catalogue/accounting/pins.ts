/** ACC, about pages: how often each is pinned, and what is charged for it. */
import { always } from "../../../checker/property.ts";
import {
  where,
  built,
  dma,
  dmas,
  page,
  mms,
  account,
  pinnings,
  puttings,
  users,
  pinners,
  callbacks,
  number,
  near,
  areIdle,
  isAlive,
  holders,
  charged,
  sum,
  due,
  isSettled,
  shown,
  drives,
} from "./reads.ts";
import { vfioRule } from "../sources.ts";

export const accPins = [
  always({
    id: "ACC-1",
    name: "one-pin-per-holder",
    statement:
      "A page of RAM is pinned once for each IOMMU entry and each pin list that has it; a zero page or MMIO is never pinned.",
    source: vfioRule("I-04, I-41"),
    witness: "ACC-20",
    applies: where(),
    reads: { page, dmas, pinnings, puttings },
    given: { "nobody pins or unpins": ({ pinnings: get, puttings: put }) => areIdle(get, put) },
    parts: {
      "pins of RAM are its holders, and other pages have none": ({ page: { context: p }, dmas: list, pinnings: get }) =>
        p.pins ===
        (get[0]!.context.rules.kinds[p.page] === "ram" ? sum(list.map((d) => holders(d.context, p.page))) : 0),
    },
    values: ({ page: { name, context: p }, dmas: list }) => ({
      [`pins of ${name}`]: p.pins,
      holders: sum(list.map((d) => holders(d.context, p.page))),
    }),
  }),
  always({
    id: "ACC-2",
    name: "pinned-page-charged",
    statement: "A page that a container keeps pinned is charged.",
    source: vfioRule("I-05, I-07"),
    witness: "ACC-20",
    applies: where(),
    reads: { dma, pinnings, puttings, mms },
    given: { "nobody pins or unpins, and the process is alive": (view) => isSettled(view) },
    parts: {
      "no page is charged less than is due": (view) =>
        due(view.dma.context, view.pinnings[0]!.context.rules.kinds).every((c, p) => view.dma.context.charges[p]! >= c),
    },
    values: shown,
  }),
  always({
    id: "ACC-3",
    name: "charged-once",
    statement:
      "A container charges a page at most once, however many mappings and drivers hold it, and not at all when none does.",
    source: vfioRule("I-06, I-05, I-41"),
    witness: "ACC-20",
    applies: where(),
    reads: { dma, pinnings, puttings, mms },
    given: { "nobody pins or unpins, and the process is alive": (view) => isSettled(view) },
    parts: {
      "no page is charged more than is due": (view) =>
        due(view.dma.context, view.pinnings[0]!.context.rules.kinds).every((c, p) => view.dma.context.charges[p]! <= c),
    },
    values: shown,
  }),
  always({
    id: "ACC-4",
    name: "mm-charge-is-sum",
    statement: "The charge of an mm is the sum of the charges of the containers for their mappings of it.",
    source: vfioRule("I-05"),
    witness: "ACC-20",
    applies: where(),
    reads: { account, dmas, mms, users },
    given: {
      "the process is alive": ({ account: a, mms: some }) => isAlive(some, Number(number(a))),
      "no charge is being transferred": ({ users: threads }) =>
        !threads.some(({ context }) => context.phase === "transfer"),
    },
    parts: {
      "locked_vm is the sum of its charges": ({ account: a, dmas: list }) =>
        a.context.charged ===
        sum(list.filter((d) => `${d.context.owner}` === number(a)).map((d) => charged(d.context))),
    },
    values: ({ account: a, dmas: list }) => ({
      [a.name]: a.context.charged,
      mappings: list.map((d) => ({ owner: d.context.owner, charged: charged(d.context) })),
    }),
  }),
  always({
    id: "ACC-5",
    name: "account-not-negative",
    statement: "No account is negative.",
    source: vfioRule("I-05"),
    witness: "ACC-20",
    applies: where(),
    reads: { account },
    holds: ({ account: a }) => a.context.charged >= 0,
  }),
  always({
    id: "ACC-6",
    name: "mm-within-rlimit",
    statement: "No mm is charged more than its limit, not even in the middle of an operation.",
    source: vfioRule("I-07"),
    witness: "ACC-23",
    applies: where(),
    reads: { account, built },
    holds: ({ account: a, built: { bounds } }) => a.context.charged <= bounds.rlimit,
    values: ({ account: a, built: { bounds } }) => ({ [a.name]: a.context.charged, limit: bounds.rlimit }),
  }),
  always({
    id: "ACC-7",
    name: "pin-list-counts-holders",
    statement: "The pin list counts a page as often as drivers hold it.",
    source: vfioRule("I-08"),
    witness: "ACC-22",
    applies: where(drives),
    reads: { dma, pinners, callbacks },
    given: {
      "no driver pins or is called": ({ dma: d, pinners: some, callbacks: calls }) =>
        areIdle(near(some, d), near(calls, d)),
    },
    parts: {
      "each page has a reference for each driver that holds it": ({ dma: d, pinners: some }) =>
        d.context.refs.every((ref) => ref === near(some, d).filter(({ context }) => context.holds).length),
    },
    values: ({ dma: d, pinners: some }) => ({
      references: d.context.refs,
      "drivers that hold them": near(some, d).filter(({ context }) => context.holds).length,
    }),
  }),
] as const;
