/** SEL: the rings: who may know them, what is kept for them, what faults. */
import { all, always, sometimes } from "../../../checker/property.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import { isKept } from "../../../model/machines/linux/vfio/iopf/selective/pin-scope.ts";
import { hintUnpins, locksRings } from "../../../model/systems/studies/selective-choices.ts";
import { vfioRule } from "../sources.ts";
import {
  queue,
  mediator,
  mediators,
  pins,
  translation,
  lock,
  vmm,
  release,
  here,
  needsRings,
  listsRings,
  mayFault,
  hasRoom,
  isRefusedSometimes,
  knows,
  waitsFor,
  holders,
  kept,
} from "./parts.ts";

export const selRings = [
  always({
    id: "SEL-1",
    name: "no-fault-on-unrepeatable",
    statement: "An access that the device cannot repeat does not fault.",
    source: vfioRule("I-23, row 36"),
    witness: "SEL-2",
    applies: here(needsRings),
    reads: { queue },
    holds: ({ queue: q }) => q.state !== "broken",
    values: ({ queue: q }) => ({ [q.name]: q.state, access: q.context.access, page: q.context.page }),
  }),
  sometimes({
    id: "SEL-2",
    name: "descriptor-fetched",
    statement: "A device fetches a descriptor.",
    source: vfioRule("3.2, step 5"),
    applies: here(),
    reads: { queue },
    holds: ({ queue: q }) => q.state === "moving" && q.context.access === "ring",
  }),
  sometimes({
    id: "SEL-3",
    name: "buffer-faults-ring-stays",
    statement: "A device waits for a buffer that faulted, while its ring stays in place.",
    source: vfioRule("3.2, step 5; row 70"),
    applies: here((host) => mayFault(host) && host.faultTolerance !== "none"),
    reads: { queue },
    holds: ({ queue: q }) => q.state === "waiting" && q.context.access === "buffer",
  }),
  always({
    id: "SEL-4",
    name: "rings-kept-in-memory",
    statement: "A device that must not fault on its ring knows only rings that are kept in memory.",
    source: vfioRule("I-24"),
    witness: "SEL-2",
    applies: here(needsRings),
    reads: { queue, pins },
    holds: ({ queue: q, pins: { context: p } }) => q.context.ring.every((page) => isKept(p, page)),
    values: ({ queue: q, pins: { context: p } }) => ({ ring: q.context.ring, kept: kept(p) }),
  }),
  always({
    id: "SEL-5",
    name: "locked-page-mapped",
    statement: "A locked-down page is mapped, from the lockdown to the release.",
    source: vfioRule("I-22, row 71"),
    witness: "SEL-15",
    applies: here(listsRings),
    reads: { pins, translation },
    given: {
      "a mediator has the page pinned": ({ pins: { context: p }, translation: { context: t } }) => p.refs[t.page] !== 0,
    },
    parts: { "it is mapped": ({ translation: { context: t } }) => t.present },
    values: ({ pins: { context: p }, translation: { context: t } }) => ({
      page: t.page,
      "locked down": p.refs[t.page]!,
      mapped: t.present,
    }),
  }),
  always({
    id: "SEL-6",
    name: "pinned-pages-never-fault",
    statement: "Pinned pages never fault.",
    source: vfioRule("row 71 (M17)"),
    witness: "SEL-2",
    applies: here(listsRings),
    reads: { pins },
    holds: ({ pins: { context: p } }) => !p.pinnedFault,
  }),
  always({
    id: "SEL-7",
    name: "mapped-access-not-refused",
    statement: "An access to memory that DMA_MAP has mapped is not refused if there is room for it.",
    source: vfioRule("D-19, rows 42, 68"),
    witness: "SEL-3",
    applies: here(
      (host, bounds) => !bounds.unmaps && mayFault(host) && host.faultTolerance !== "none" && hasRoom(host, bounds),
    ),
    reads: { queue, vmm },
    given: { "the queue was refused a fault": ({ queue: q }) => q.state === "refused" },
    parts: { "the region is not mapped": ({ vmm: v }) => !v.context.mapped },
    values: ({ queue: q }) => ({ [q.name]: q.state, access: q.context.access, page: q.context.page }),
  }),
  always({
    id: "SEL-8",
    name: "pin-list-covers-rings",
    statement: "While no thread is at work, the pin list has a page at least as often as rings hold it.",
    source: vfioRule("I-08"),
    witness: "SEL-15",
    applies: here((host) => listsRings(host) && host.pinsWhat === "rings"),
    reads: { pins, mediators, lock },
    given: { "the lock is free": ({ lock: l }) => l.state === "free" },
    parts: {
      "each page has a pin for each ring that has it": ({ pins: { context: p }, mediators: ms }) =>
        p.refs.every((count, page) => count >= holders(ms, page)),
    },
    values: ({ pins: { context: p } }) => ({ "entries by page": p.refs }),
  }),
  always({
    id: "SEL-9",
    name: "ring-locked-whole",
    statement:
      "A ring is locked down as a whole or not at all: while no thread is at work, no locked page is without a holder.",
    source: vfioRule("I-19, I-04"),
    witness: "SEL-15",
    applies: here((host) => listsRings(host) && host.pinsWhat === "rings"),
    reads: { pins, mediators, lock },
    given: { "the lock is free": ({ lock: l }) => l.state === "free" },
    parts: {
      "no page has more pins than rings": ({ pins: { context: p }, mediators: ms }) =>
        p.refs.every((count, page) => count <= holders(ms, page)),
    },
    values: ({ pins: { context: p } }) => ({ "entries by page": p.refs }),
  }),
  always({
    id: "SEL-13",
    name: "release-at-rest",
    statement: "A ring is released only when its queue is at rest.",
    source: vfioRule("I-25"),
    witness: "SEL-18",
    applies: here((host) => listsRings(host) && host.mediatorPlace !== "none"),
    reads: { mediator, queue },
    given: {
      "the mediator is that of the queue": ({ mediator: m, queue: q }) => m.context.rules.queue === q.context.queue,
      "it waits to give the ring back": ({ mediator: m }) => waitsFor(m) === "give",
    },
    parts: {
      "the queue knows no page of the ring": ({ mediator: m, queue: q }) =>
        m.context.ring.every((page) => !knows(q, page)),
    },
    values: ({ mediator: m, queue: q }) => ({ released: m.context.ring, [q.name]: q.state, ring: q.context.ring }),
  }),
  sometimes({
    id: "SEL-15",
    name: "page-locked-for-ring",
    statement: "A page is locked down for a ring.",
    source: vfioRule("3.2, step 3"),
    applies: here(listsRings),
    reads: { pins },
    holds: ({ pins: { context: p } }) => p.refs.some((count) => count > 0),
  }),
  sometimes({
    id: "SEL-18",
    name: "mediator-releases-ring",
    statement: "A mediator releases a ring.",
    source: vfioRule("3.2, step 6"),
    applies: here((host) => listsRings(host) && host.mediatorPlace !== "none"),
    reads: { mediator },
    holds: ({ mediator: m }) => waitsFor(m) === "give",
  }),
  sometimes({
    id: "SEL-28",
    name: "lockdown-evicts",
    statement: "A lockdown evicts a faultable page to make room.",
    source: vfioRule("I-19, 3.3"),
    applies: here(
      (host, bounds) =>
        host.limit > 0 &&
        host.limit < bounds.pages &&
        (bounds.ringPlaces > 1 || bounds.rings > 1) &&
        host.lockdownOverLimit === "evict" &&
        host.pinApi === "pins-and-maps" &&
        locksRings(host) &&
        mayFault(host),
    ),
    reads: { release },
    holds: ({ release: { context: r } }) => r.by === "filler",
  }),
  sometimes({
    id: "SEL-29",
    name: "lockdown-refused",
    statement: "A lockdown is refused, and the register write with it.",
    source: vfioRule("I-19"),
    applies: here(
      (host, bounds) =>
        listsRings(host) &&
        locksRings(host) &&
        host.lockdownRefused === "refuses-write" &&
        (bounds.unmaps || isRefusedSometimes(host, bounds)),
    ),
    reads: { mediator },
    holds: ({ mediator: m }) => m.context.plan.length === 1 && m.context.plan[0] === "unlock",
  }),
  sometimes({
    id: "SEL-30",
    name: "rings-share-page",
    statement: "Two rings share a page.",
    source: vfioRule("I-08"),
    applies: here((host, bounds) => listsRings(host) && bounds.rings > 1 && host.sharedRingPages === "counted"),
    reads: { pins },
    holds: ({ pins: { context: p } }) => p.refs.some((count) => count > 1),
  }),
  sometimes({
    id: "SEL-31",
    name: "late-hint",
    statement: "The hint arrives when the device already knows a ring.",
    source: vfioRule("row 49"),
    applies: here(hintUnpins),
    reads: { vmm, queue },
    holds: ({ vmm: v, queue: q }) => v.state.startsWith("convert") && q.context.ring.length > 0,
  }),
  sometimes({
    id: "SEL-32",
    name: "partly-pinned-guest",
    statement: "A device is at work while part of the guest's memory is not pinned.",
    source: vfioRule("rows 1, 51, 52"),
    applies: here(),
    reads: { queue, pages: all<HostPageContext>("kept-page") },
    holds: ({ queue: q, pages }) => q.state === "moving" && pages.some(({ context }) => context.pins === 0),
  }),
] as const;
