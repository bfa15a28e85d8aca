/** SEL: the memory: what eviction, DMA_UNMAP and balloons may take, what is pinned and charged. */
import { all, always, each, sometimes } from "../../../checker/property.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import type { LockedVmContext } from "../../../model/machines/linux/mm/locked-vm.ts";
import { vfioRule } from "../sources.ts";
import {
  queue,
  pins,
  translation,
  lock,
  vmm,
  release,
  container,
  design,
  here,
  listsRings,
  mayFault,
  hasRoom,
  reaches,
  kept,
  charges,
  pinsOf,
  pinned,
} from "./parts.ts";

export const selMemory = [
  always({
    id: "SEL-10",
    name: "eviction-spares-locked",
    statement: "Eviction and DMA_UNMAP take no locked-down page.",
    source: vfioRule("I-17, I-16"),
    witness: "SEL-16",
    applies: here(listsRings),
    reads: { pins, release },
    given: { "a page is being released": ({ release: { context: r } }) => r.page !== null },
    parts: {
      "no mediator has it pinned": ({ pins: { context: p }, release: { context: r } }) => p.refs[r.page!] === 0,
    },
    values: ({ pins: { context: p }, release: { context: r } }) => ({ "takes page": r.page, "locked down": p.refs }),
  }),
  always({
    id: "SEL-11",
    name: "unmap-leaves-nothing",
    statement: "When DMA_UNMAP has returned, the device reaches no page, and the pin list is empty.",
    source: vfioRule("I-01, I-16"),
    witness: "SEL-17",
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm, pins, translation },
    given: { "DMA_UNMAP has returned": ({ vmm: v }) => v.state === "idle" && !v.context.mapped },
    parts: {
      "no device reaches the page": ({ translation: { context: t } }) => !reaches(t),
      "no mediator has it pinned": ({ pins: { context: p }, translation: { context: t } }) => p.refs[t.page] === 0,
    },
    values: ({ pins: { context: p }, translation: { context: t } }) => ({
      page: t.page,
      "the device reaches it": reaches(t),
      "locked down": p.refs[t.page]!,
    }),
  }),
  always({
    id: "SEL-12",
    name: "unmap-within-retries",
    statement: "DMA_UNMAP does not run out of retries.",
    source: vfioRule("I-16, B-25"),
    witness: "SEL-17",
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm },
    holds: ({ vmm: v }) => v.state !== "bug",
  }),
  always({
    id: "SEL-14",
    name: "cpu-and-device-agree",
    statement: "CPU and device see the same frame of a page that the device reaches.",
    source: vfioRule("I-21, B-43"),
    witness: "SEL-2",
    applies: here((host) => host.guestDiscards !== "never"),
    reads: { views: all("page-view"), translation },
    given: { "the device reaches the page": ({ translation: { context: t } }) => reaches(t) },
    parts: {
      "it is the page that the CPU sees": ({ views, translation: { context: t } }) =>
        views[t.page]!.state !== "diverged",
    },
    values: ({ views, translation: { context: t } }) => ({ page: t.page, view: views[t.page]!.state }),
  }),
  sometimes({
    id: "SEL-16",
    name: "eviction-beside-lockdown",
    statement: "A page is evicted while another page is locked down.",
    source: vfioRule("I-17"),
    applies: here((host, bounds) => listsRings(host) && mayFault(host) && bounds.reclaims && hasRoom(host, bounds)),
    reads: { pins, release },
    holds: ({ pins: { context: p }, release: { context: r } }) => r.page !== null && p.refs.some((count) => count > 0),
  }),
  sometimes({
    id: "SEL-17",
    name: "unmap-beside-ring",
    statement: "DMA_UNMAP has begun while a device knows a ring.",
    source: vfioRule("3.2, step 7"),
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm, queue },
    holds: ({ vmm: v, queue: q }) => v.state.startsWith("unmap") && q.context.ring.length > 0,
  }),
  sometimes({
    id: "SEL-19",
    name: "page-discarded",
    statement: "A page is discarded while the device does not have it.",
    source: vfioRule("I-21"),
    applies: here((host) => host.guestDiscards === "coordinated"),
    reads: {
      balloon: each<{ page: number | null }>("balloon"),
      translations: all<TranslationContext>("ring-translation"),
    },
    holds: ({ balloon, translations }) =>
      balloon.state === "asking" && !translations[balloon.context.page!]!.context.present,
  }),
  always({
    id: "SEL-20",
    name: "charge-counts-kept-pages",
    statement: "While no thread is at work, the charge counts each kept page once, however many want it.",
    source: vfioRule("I-05, I-06, 2.2"),
    witness: "SEL-15",
    applies: here(listsRings),
    reads: { account: each<LockedVmContext>("pin-limit"), pins, container, lock, design },
    given: { "the lock is free": ({ lock: l }) => l.state === "free" },
    parts: {
      "the charge is what is owed": ({
        account: { context: a },
        pins: { context: p },
        container: { context: c },
        design: { host },
      }) => a.charged === charges(host, p, c),
    },
    values: ({ account: { context: a }, pins: { context: p }, container: { context: c } }) => ({
      charged: a.charged,
      kept: kept(p),
      mapped: c.mapped,
    }),
  }),
  always({
    id: "SEL-21",
    name: "selective-within-limit",
    statement: "The charge is within the limit, and while no thread is at work so is the number of pins.",
    source: vfioRule("I-07, I-19"),
    witness: "SEL-15",
    applies: here((host) => host.limit > 0 && listsRings(host) && !host.pinCharges),
    reads: { account: each<LockedVmContext>("pin-limit"), pages: all<HostPageContext>("kept-page"), lock },
    parts: {
      "the charge is within the limit": ({ account: { context: a } }) => a.charged <= a.limit,
      "pins are within the limit while no thread is at work": ({ account: { context: a }, pages, lock: l }) =>
        l.state !== "free" || pinned(pages) <= a.limit,
    },
    values: ({ account: { context: a }, pages }) => ({
      charged: a.charged,
      limit: a.limit,
      "pinned pages": pinned(pages),
    }),
  }),
  always({
    id: "SEL-22",
    name: "pins-of-mapping-and-list",
    statement:
      "While no thread is at work, the pins of a page are those of its mapping and of its entry in the pin list.",
    source: vfioRule("I-04"),
    witness: "SEL-15",
    applies: here(),
    reads: { page: each<HostPageContext>("kept-page"), pins, container, lock, design },
    given: { "the lock is free": ({ lock: l }) => l.state === "free" },
    parts: {
      "the pins are those that are owed": ({
        page: { context: g },
        pins: { context: p },
        container: { context: c },
        design: { host },
      }) => g.pins === pinsOf(host, p, c, g.page),
    },
    values: ({ page: { context: g }, pins: { context: p }, container: { context: c } }) => ({
      page: g.page,
      pins: g.pins,
      entries: p.refs[g.page]!,
      mapped: c.mapped.includes(g.page),
    }),
  }),
] as const;
