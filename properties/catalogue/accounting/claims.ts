/** ACC: pins and charges of VFIO, and DMA_UNMAP beside drivers that have pages pinned. */
import { always, canAlways, leadsTo } from "../../../checker/property.ts";
import { accPossible } from "./possible.ts";
import {
  where,
  dma,
  page,
  pages,
  mms,
  accounts,
  pinnings,
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
  isUnmapping,
  drives,
  mixes,
  ALL,
} from "./reads.ts";
import { vfioRule } from "../sources.ts";
import { accPins } from "./pins.ts";

export const acc = [
  ...accPins,
  always({
    id: "ACC-8",
    name: "pages-inside-mapping",
    statement: "Pages are mapped or listed only inside a mapping, and a mapping grows only during DMA_MAP.",
    source: vfioRule("I-09"),
    witness: "ACC-20",
    applies: where(),
    reads: { dma, users },
    parts: {
      "pages are mapped only inside a mapping": ({ dma: { context: d } }) =>
        d.entries.every((_, p) => !isHeld(d, p) || d.linked),
      "pages are listed only inside a mapping": ({ dma: { context: d } }) =>
        d.refs.every((ref, p) => ref === 0 || p < d.size),
      "a mapping grows only during DMA_MAP": ({ dma: { name, context: d }, users: threads }) =>
        !d.linked ||
        d.size === d.entries.length ||
        near(threads, { name }).some(({ context: { phase } }) => phase === "fill" || phase === "unwind"),
    },
  }),
  always({
    id: "ACC-9",
    name: "unmap-no-bug-on",
    statement: "DMA_UNMAP never reaches BUG_ON(++retries > 10).",
    source: vfioRule("I-16"),
    witness: "ACC-24",
    applies: where(drives),
    reads: { user },
    holds: ({ user: u }) => u.state !== "bug",
  }),
  always({
    id: "ACC-10",
    name: "no-put-without-get",
    statement: "No pin is dropped that was not taken.",
    source: vfioRule("I-41, I-04"),
    witness: "ACC-20",
    applies: where(),
    reads: { page },
    holds: ({ page: { context: p } }) => !p.underflow,
  }),
  always({
    id: "ACC-11",
    name: "no-pin-from-dead-mm",
    statement: "No page is pinned from an mm whose last user is gone.",
    source: vfioRule("I-42"),
    witness: "ACC-27",
    applies: where((_, { fate }) => fate === "execs" || fate === "exits"),
    reads: { mms },
    holds: ({ mms: list }) => list.every(({ context }) => !context.usedDead),
  }),
  always({
    id: "ACC-12",
    name: "no-pin-with-invalid-vaddr",
    statement: "No page is pinned through an address that is about to change.",
    source: vfioRule("I-43"),
    witness: "ACC-28",
    applies: where((_, { vaddrUpdates }) => vaddrUpdates),
    reads: { dma, pinnings },
    given: { "the mapping is invalid": ({ dma: d }) => d.context.invalid },
    parts: { "nobody pins its pages": ({ dma: d, pinnings: get }) => areIdle(near(get, d)) },
  }),
  always({
    id: "ACC-13",
    name: "shortage-not-invalid",
    statement: "A fault that met a shortage is not answered like a forbidden access.",
    source: vfioRule("I-28, D-23"),
    witness: "ACC-30",
    applies: where(({ pinsAt }, { groups }) => pinsAt === "fault" && groups !== "mdev"),
    reads: { fault },
    given: {
      "the limit or a failure is the reason": ({ fault: { context: f } }) =>
        f.reason === "limit" || f.reason === "failed",
    },
    parts: { "the answer is not Invalid Request": ({ fault: { context: f } }) => f.code !== "invalid" },
  }),
  always({
    id: "ACC-14",
    name: "driver-pin-mapped",
    statement: "A page that a driver has pinned is mapped in every domain, so no access to it faults.",
    source: vfioRule("rows 69, 71, 72; D-20"),
    witness: "ACC-20",
    applies: where(mixes),
    reads: { dma, users, pinners, callbacks },
    given: {
      "a domain is attached": ({ dma: d }) => d.context.attached,
      "nobody works on the mapping": ({ dma: d, users: threads, pinners: some, callbacks: calls }) =>
        areIdle(near(threads, d), near(some, d), near(calls, d)),
    },
    parts: {
      "every page that a driver holds is mapped": ({ dma: d }) =>
        d.context.refs.every((ref, p) => ref === 0 || d.context.entries[p]!),
    },
    values: ({ dma: { context: d } }) => ({ entries: d.entries, "pins of drivers": d.refs }),
  }),
  always({
    id: "ACC-15",
    name: "release-returns-all",
    statement: "When a container is released, it has dropped every pin and every charge.",
    source: vfioRule("I-04, I-05"),
    witness: "ACC-31",
    applies: where((_, { closes, containers }) => closes && containers === 1),
    reads: { users, pages, accounts },
    given: { "the container is released": ({ users: threads }) => threads.some(({ state }) => state === "released") },
    parts: {
      "no page is pinned": ({ pages: list }) => list.every(({ context }) => context.pins === 0),
      "nothing is charged": ({ accounts: some }) => some.every(({ context }) => context.charged === 0),
    },
  }),
  leadsTo({
    id: "ACC-16",
    name: "unmap-returns-beside-pins",
    statement:
      "DMA_UNMAP returns, whatever faults and pins arrive, if all threads and devices keep running, and the locks are fair.",
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
    name: "driver-call-returns",
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
    name: "fault-answered-at-limit",
    statement: "A fault is answered, even at the limit or without an mm.",
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
    name: "all-can-be-returned",
    statement: "Every pin and every charge can always be dropped.",
    source: vfioRule("I-04, I-05"),
    witness: "ACC-20",
    applies: where(),
    reads: { pages, accounts, mms },
    parts: {
      "no page is pinned": ({ pages: list }) => list.every(({ context }) => context.pins === 0),
      "no mm that is alive is charged": ({ accounts: some, mms: owners }) =>
        some.every((a) => !isAlive(owners, Number(number(a))) || a.context.charged === 0),
    },
  }),
  always({
    id: "ACC-34",
    name: "no-mmio-in-pin-list",
    statement: "The pin list holds only pages with a struct page, never MMIO.",
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
