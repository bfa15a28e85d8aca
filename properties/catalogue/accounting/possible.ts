/** ACC: what must be possible, so that claims about pins and charges are about something. */
import { sometimes } from "../../../checker/property.ts";
import {
  where,
  dma,
  dmas,
  pages,
  mms,
  pinnings,
  user,
  notification,
  pinner,
  fault,
  number,
  sum,
  drives,
  mixes,
} from "./reads.ts";
import { vfioRule } from "../sources.ts";

export const accPossible = [
  sometimes({
    id: "ACC-20",
    name: "ram-page-pinned",
    statement: "A page of RAM is pinned.",
    source: vfioRule("2.2"),
    // Alone, MMIO is never pinned, and a zero page only while it is got.
    applies: where(
      ({ zeroPages }, { pages: count, oddPage }) =>
        count > 1 || oddPage === "ram" || (oddPage === "zero" && zeroPages === "never-put"),
    ),
    reads: { pages },
    holds: ({ pages: list }) => list.some(({ context }) => context.pins > 0),
  }),
  sometimes({
    id: "ACC-21",
    name: "mapped-and-driver-pinned",
    statement: "A page is mapped, and a driver has it pinned as well.",
    source: vfioRule("2.7"),
    applies: where(mixes),
    reads: { dma },
    holds: ({ dma: { context: d } }) => d.entries.some((entry, p) => entry && d.refs[p]! > 0),
  }),
  sometimes({
    id: "ACC-22",
    name: "driver-has-pins",
    statement: "A driver has pages pinned.",
    source: vfioRule("row 47"),
    applies: where(drives),
    reads: { pinner },
    holds: ({ pinner: p }) => p.context.holds,
  }),
  sometimes({
    id: "ACC-23",
    name: "pin-refused-at-limit",
    statement: "A pin is refused at the limit.",
    source: vfioRule("I-07"),
    applies: where(
      (_, { rlimit, containers, pages: count, oddPage }) =>
        rlimit < containers * (oddPage === "ram" ? count : count - 1),
    ),
    reads: { pinnings },
    holds: ({ pinnings: list }) => list.some(({ context }) => context.reason === "limit"),
  }),
  sometimes({
    id: "ACC-24",
    name: "drivers-called-unlocked",
    statement: "DMA_UNMAP calls the drivers with iommu->lock dropped.",
    source: vfioRule("2.3 U3a"),
    applies: where((host, bounds) => drives(host, bounds) && host.notifies === "unlocked"),
    reads: { notification },
    holds: ({ notification: n }) => n.state === "called",
  }),
  sometimes({
    id: "ACC-25",
    name: "pins-after-callbacks",
    statement: "DMA_UNMAP finds pinned pages again after it called every driver.",
    source: vfioRule("B-25"),
    applies: where((host, bounds) => drives(host, bounds) && host.pinDuringUnmap === "allowed"),
    reads: { notification },
    holds: ({ notification: n }) => n.context.repeats === 1,
  }),
  sometimes({
    id: "ACC-26",
    name: "two-drivers-one-page",
    statement: "Two drivers have the same page pinned.",
    source: vfioRule("I-08"),
    applies: where((host, bounds) => drives(host, bounds) && bounds.mdevDrivers > 1),
    reads: { dma },
    holds: ({ dma: { context: d } }) => d.refs.some((ref) => ref > 1),
  }),
  sometimes({
    id: "ACC-27",
    name: "pins-without-mm-user",
    statement: "Pages stay pinned although their mm has no user any more.",
    source: vfioRule("I-42"),
    applies: where((_, { fate }) => fate === "execs" || fate === "exits"),
    reads: { mms, pages },
    holds: ({ mms: list, pages: some }) =>
      list.some(({ state }) => state === "dead") && some.some(({ context }) => context.pins > 0),
  }),
  sometimes({
    id: "ACC-28",
    name: "vaddr-invalid",
    statement: "A mapping waits for its new address.",
    source: vfioRule("I-43"),
    applies: where(
      (host, { vaddrUpdates, groups }) => vaddrUpdates && (groups === "iommu" || host.vaddrWithMdev === "waits"),
    ),
    reads: { dma },
    holds: ({ dma: { context: d } }) => d.invalid,
  }),
  sometimes({
    id: "ACC-29",
    name: "page-charged-twice",
    statement: "Two containers charge one page to its mm.",
    source: vfioRule("I-06, 2.4"),
    applies: where((_, { containers, rlimit }) => containers > 1 && rlimit > 1),
    reads: { dmas },
    holds: ({ dmas: list }) =>
      list[0]!.context.charges.some((_, p) => sum(list.map(({ context }) => context.charges[p]!)) > 1),
  }),
  sometimes({
    id: "ACC-30",
    name: "fault-being-resolved",
    statement: "A fault is being resolved.",
    source: vfioRule("1.1"),
    applies: where(({ pinsAt }, { groups }) => pinsAt === "fault" && groups !== "mdev"),
    reads: { fault },
    holds: ({ fault: f }) => f.state === "resolving",
  }),
  sometimes({
    id: "ACC-31",
    name: "container-released",
    statement: "A container that had pages pinned was released.",
    source: vfioRule("2.2"),
    applies: where((_, { closes }) => closes),
    reads: { user },
    holds: ({ user: u }) => u.context.phase === "release" && u.state === "unlocking",
  }),
  sometimes({
    id: "ACC-32",
    name: "unmap-takes-pages",
    statement: "DMA_UNMAP takes pages back.",
    source: vfioRule("2.3 U3c"),
    applies: where(({ pinsAt }, { groups }) => pinsAt === "fault" || groups !== "mdev"),
    reads: { user },
    holds: ({ user: u }) => u.context.phase === "remove",
  }),
  sometimes({
    id: "ACC-33",
    name: "fault-on-pinned-page",
    statement: "A device faults on a page that a driver has pinned.",
    source: vfioRule("row 72"),
    applies: where((host, bounds) => mixes(host, bounds) && host.pinsAt === "fault" && host.lockdown === "pins"),
    reads: { fault, dma },
    holds: ({ fault: f, dma: d }) =>
      number(f) === number(d) && f.context.page !== null && d.context.refs[f.context.page]! > 0,
  }),
  sometimes({
    id: "ACC-35",
    name: "driver-pins-mmio",
    statement: "A driver asks for a page that is MMIO.",
    source: vfioRule("I-41"),
    applies: where((_, { groups, oddPage }) => groups !== "iommu" && oddPage === "mmio"),
    reads: { pinnings },
    holds: ({ pinnings: list }) =>
      list.some(
        ({ context: { page, purpose, rules } }) => page !== null && purpose === "list" && rules.kinds[page] === "mmio",
      ),
  }),
] as const;
