/** ACC: pins and charges of VFIO, and DMA_UNMAP beside drivers that have pages pinned. */
import { always, canAlways, leadsTo } from "../../../checker/property.ts";
import { accPossible } from "./possible.ts";
import {
  where,
  built,
  dma,
  dmas,
  page,
  pages,
  mms,
  account,
  accounts,
  pinnings,
  puttings,
  users,
  user,
  pinner,
  pinners,
  callbacks,
  fault,
  number,
  near,
  areIdle,
  isAlive,
  isHeld,
  holders,
  charged,
  sum,
  due,
  isSettled,
  shown,
  isUnmapping,
  drives,
  mixes,
  ALL,
} from "./reads.ts";
import { vfioRule } from "../sources.ts";

export const acc = [
  always({
    id: "ACC-1",
    statement: "A page of RAM is pinned once for each entry and each list that has it, and a zero page or MMIO never.",
    source: vfioRule("I-04, I-41"),
    witness: "ACC-20",
    applies: where(),
    reads: { page, dmas, pinnings, puttings },
    holds: ({ page: { context: p }, dmas: list, pinnings: get, puttings: put }) =>
      !areIdle(get, put) ||
      p.pins === (get[0]!.context.rules.kinds[p.page] === "ram" ? sum(list.map((d) => holders(d.context, p.page))) : 0),
    values: ({ page: { name, context: p }, dmas: list }) => ({
      [`pins of ${name}`]: p.pins,
      holders: sum(list.map((d) => holders(d.context, p.page))),
    }),
  }),
  always({
    id: "ACC-2",
    statement: "A page that a container keeps pinned is charged.",
    source: vfioRule("I-05, I-07"),
    witness: "ACC-20",
    applies: where(),
    reads: { dma, pinnings, puttings, mms },
    holds: (view) =>
      !isSettled(view) ||
      due(view.dma.context, view.pinnings[0]!.context.rules.kinds).every((c, p) => view.dma.context.charges[p]! >= c),
    values: shown,
  }),
  always({
    id: "ACC-3",
    statement: "A page is charged at most once by a container, however many hold it, and never once nobody does.",
    source: vfioRule("I-06, I-05, I-41"),
    witness: "ACC-20",
    applies: where(),
    reads: { dma, pinnings, puttings, mms },
    holds: (view) =>
      !isSettled(view) ||
      due(view.dma.context, view.pinnings[0]!.context.rules.kinds).every((c, p) => view.dma.context.charges[p]! <= c),
    values: shown,
  }),
  always({
    id: "ACC-4",
    statement: "What an mm is charged is the sum of what containers charge through their mappings of it.",
    source: vfioRule("I-05"),
    witness: "ACC-20",
    applies: where(),
    reads: { account, dmas, mms, users },
    holds: ({ account: a, dmas: list, mms: some, users: threads }) =>
      !isAlive(some, Number(number(a))) ||
      threads.some(({ context }) => context.phase === "transfer") ||
      a.context.charged === sum(list.filter((d) => `${d.context.owner}` === number(a)).map((d) => charged(d.context))),
    values: ({ account: a, dmas: list }) => ({
      [a.name]: a.context.charged,
      mappings: list.map((d) => ({ owner: d.context.owner, charged: charged(d.context) })),
    }),
  }),
  always({
    id: "ACC-5",
    statement: "No account goes below zero.",
    source: vfioRule("I-05"),
    witness: "ACC-20",
    applies: where(),
    reads: { account },
    holds: ({ account: a }) => a.context.charged >= 0,
  }),
  always({
    id: "ACC-6",
    statement: "No mm is ever charged more than its limit, also in the middle of an operation.",
    source: vfioRule("I-07"),
    witness: "ACC-23",
    applies: where(),
    reads: { account, built },
    holds: ({ account: a, built: { bounds } }) => a.context.charged <= bounds.rlimit,
    values: ({ account: a, built: { bounds } }) => ({ [a.name]: a.context.charged, limit: bounds.rlimit }),
  }),
  always({
    id: "ACC-7",
    statement: "A page is in the list of pins as often as drivers hold it.",
    source: vfioRule("I-08"),
    witness: "ACC-22",
    applies: where(drives),
    reads: { dma, pinners, callbacks },
    holds: ({ dma: d, pinners: some, callbacks: calls }) =>
      !areIdle(near(some, d), near(calls, d)) ||
      d.context.refs.every((ref) => ref === near(some, d).filter(({ context }) => context.holds).length),
    values: ({ dma: d, pinners: some }) => ({
      references: d.context.refs,
      "drivers that hold them": near(some, d).filter(({ context }) => context.holds).length,
    }),
  }),
  always({
    id: "ACC-8",
    statement: "Pages are mapped or listed only inside a mapping, which grows only while DMA_MAP is under way.",
    source: vfioRule("I-09"),
    witness: "ACC-20",
    applies: where(),
    reads: { dma, users },
    holds: ({ dma: { name, context: d }, users: threads }) =>
      d.entries.every((_, p) => !isHeld(d, p) || d.linked) &&
      d.refs.every((ref, p) => ref === 0 || p < d.size) &&
      (!d.linked ||
        d.size === d.entries.length ||
        near(threads, { name }).some(({ context: { phase } }) => phase === "fill" || phase === "unwind")),
  }),
  always({
    id: "ACC-9",
    statement: "DMA_UNMAP never finds the pages pinned so often that it is a BUG.",
    source: vfioRule("I-16"),
    witness: "ACC-24",
    applies: where(drives),
    reads: { user },
    holds: ({ user: u }) => u.state !== "bug",
  }),
  always({
    id: "ACC-10",
    statement: "No pin is put that nobody has taken.",
    source: vfioRule("I-41, I-04"),
    witness: "ACC-20",
    applies: where(),
    reads: { page },
    holds: ({ page: { context: p } }) => !p.underflow,
  }),
  always({
    id: "ACC-11",
    statement: "Nothing is pinned from an mm whose last user is gone.",
    source: vfioRule("I-42"),
    witness: "ACC-27",
    applies: where((_, { fate }) => fate === "execs" || fate === "exits"),
    reads: { mms },
    holds: ({ mms: list }) => list.every(({ context }) => !context.usedDead),
  }),
  always({
    id: "ACC-12",
    statement: "Nothing is pinned through an address that is about to change.",
    source: vfioRule("I-43"),
    witness: "ACC-28",
    applies: where((_, { vaddrUpdates }) => vaddrUpdates),
    reads: { dma, pinnings },
    holds: ({ dma: d, pinnings: get }) => !d.context.invalid || areIdle(near(get, d)),
  }),
  always({
    id: "ACC-13",
    statement: "A fault that met a shortage is not answered as if its access were forbidden.",
    source: vfioRule("I-28, D-23"),
    witness: "ACC-30",
    applies: where(({ pinsAt }, { groups }) => pinsAt === "fault" && groups !== "mdev"),
    reads: { fault },
    holds: ({ fault: { context: f } }) => (f.reason !== "limit" && f.reason !== "failed") || f.code !== "invalid",
  }),
  always({
    id: "ACC-14",
    statement: "A page that a driver has pinned is mapped wherever there is a domain: no access to it faults.",
    source: vfioRule("rows 69, 71, 72; D-20"),
    witness: "ACC-20",
    applies: where(mixes),
    reads: { dma, users, pinners, callbacks },
    holds: ({ dma: d, users: threads, pinners: some, callbacks: calls }) =>
      !d.context.attached ||
      !areIdle(near(threads, d), near(some, d), near(calls, d)) ||
      d.context.refs.every((ref, p) => ref === 0 || d.context.entries[p]!),
    values: ({ dma: { context: d } }) => ({ entries: d.entries, "pins of drivers": d.refs }),
  }),
  always({
    id: "ACC-15",
    statement: "With its release a container has given back every pin and every charge.",
    source: vfioRule("I-04, I-05"),
    witness: "ACC-31",
    applies: where((_, { closes, containers }) => closes && containers === 1),
    reads: { users, pages, accounts },
    holds: ({ users: threads, pages: list, accounts: some }) =>
      !threads.some(({ state }) => state === "released") ||
      (list.every(({ context }) => context.pins === 0) && some.every(({ context }) => context.charged === 0)),
  }),
  leadsTo({
    id: "ACC-16",
    statement: "DMA_UNMAP returns, whatever faults and pins come, if everybody goes on and locks are served in turn.",
    source: vfioRule("I-37, I-16"),
    witness: "ACC-32",
    applies: where(),
    reads: { user },
    when: ({ user: u }) => isUnmapping(u),
    eventually: ({ user: u }) => !isUnmapping(u),
    assumes: ALL,
  }),
  leadsTo({
    id: "ACC-17",
    statement: "A driver's call to pin or unpin returns.",
    source: vfioRule("I-38, I-43"),
    witness: "ACC-22",
    applies: where(drives),
    reads: { pinner },
    when: ({ pinner: p }) => p.state !== "idle",
    eventually: ({ pinner: p }) => p.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "ACC-18",
    statement: "A fault is answered, also at the limit and without an mm.",
    source: vfioRule("I-34, I-42"),
    witness: "ACC-30",
    applies: where(({ pinsAt }, { groups }) => pinsAt === "fault" && groups !== "mdev"),
    reads: { fault },
    when: ({ fault: f }) => f.state !== "idle",
    eventually: ({ fault: f }) => f.state === "idle",
    assumes: ALL,
  }),
  canAlways({
    id: "ACC-19",
    statement: "What is pinned and charged can always be given back, to the last page.",
    source: vfioRule("I-04, I-05"),
    witness: "ACC-20",
    applies: where(),
    reads: { pages, accounts, mms },
    holds: ({ pages: list, accounts: some, mms: owners }) =>
      list.every(({ context }) => context.pins === 0) &&
      some.every((a) => !isAlive(owners, Number(number(a))) || a.context.charged === 0),
  }),
  always({
    id: "ACC-34",
    statement: "A driver is given only what has a struct page: MMIO is never in the list of pins.",
    source: vfioRule("I-41, B-14"),
    witness: "ACC-35",
    applies: where((_, { groups, oddPage }) => groups !== "iommu" && oddPage === "mmio"),
    reads: { dma, pinnings },
    holds: ({ dma: { context: d }, pinnings: get }) =>
      d.refs.every((ref, p) => ref === 0 || get[0]!.context.rules.kinds[p] !== "mmio"),
    values: ({ dma: { context: d } }) => ({ references: d.refs }),
  }),
  ...accPossible,
] as const;
