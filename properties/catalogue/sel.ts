/** SEL: rings that must not fault beside buffers that may. */
import { all, always, canAlways, each, leadsTo, parameters, sometimes } from "../../checker/property.ts";
import type { Seen } from "../../checker/property.ts";
import type { RingQueueContext } from "../../model/machines/endpoint/ring-queue.ts";
import type { TranslationContext } from "../../model/machines/hardware/translation.ts";
import type { HostPageContext } from "../../model/machines/host/host-page.ts";
import type { LockedVmContext } from "../../model/machines/host/locked-vm.ts";
import type { ContainerContext } from "../../model/machines/vfio/container.ts";
import type { MediatorContext } from "../../model/machines/vfio/mediator.ts";
import type { NotifyingVmmContext } from "../../model/machines/vfio/notifying-vmm.ts";
import type { PageReleaseContext } from "../../model/machines/vfio/page-release.ts";
import { isKept, type PinScopeContext } from "../../model/machines/vfio/pin-scope.ts";
import {
  hintUnpins,
  locksRings,
  mayBeHinted,
  pinsAllAtMap,
  type SelectiveDesign,
  type SelectiveSizes,
} from "../../model/systems/studies/selective-design.ts";
import type { Fairness } from "../../model/systems/fairness.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

const queue = each<RingQueueContext>("ring-queue");
const mediator = each<MediatorContext>("mediator");
const mediators = all<MediatorContext>("mediator");
const pins = each<PinScopeContext>("pin-scope");
const translation = each<TranslationContext>("ring-translation");
const lock = each<{ owner: string | null }>("mutex");
const vmm = each<NotifyingVmmContext>("notifying-vmm");
const release = each<PageReleaseContext>("eviction");
const container = each<ContainerContext>("container");
const design = parameters<StudyParameters<SelectiveDesign, SelectiveSizes>>();

const here = (condition?: (host: SelectiveDesign, bounds: SelectiveSizes) => boolean) =>
  inStudy<SelectiveDesign, SelectiveSizes>("selective", condition);

/** Whether the device has to be kept from faults on its rings. */
const needsRings = ({ faultTolerance }: SelectiveDesign): boolean => faultTolerance !== "all";
/** Whether rings are counted in the pin list: reading A keeps them by other means, and a tolerant device needs none. */
const listsRings = (host: SelectiveDesign): boolean =>
  host.pinScope !== "faultable" && (locksRings(host) || mayBeHinted(host));
/** Whether some memory is ever faultable. */
const mayFault = (host: SelectiveDesign): boolean =>
  !pinsAllAtMap(host) || hintUnpins(host) || host.pinScope === "faultable";
/** Whether each page that a device may want finds room beside the rings (VFIO facts 4.2: Lim - R >= 1). */
const hasRoom = ({ limit }: SelectiveDesign, { rings, ringPages }: SelectiveSizes): boolean =>
  limit === 0 || limit > rings * ringPages;

/** Otherwise the device is also stopped by ways that are left out here. */
const isTrapped = ({ registerPath }: SelectiveDesign): boolean => registerPath === "trapped";
/** Whether the limit can refuse a lockdown: it is smaller than the ring, or nothing is evicted for it. */
const isRefusedSometimes = (host: SelectiveDesign, { rings, ringPages, ringPlaces, pages }: SelectiveSizes): boolean =>
  host.limit > 0 &&
  host.pinApi === "pins-and-maps" &&
  (host.limit < ringPages || (host.lockdownOverLimit === "refuse" && host.limit < pages && ringPlaces + rings > 2));

/** The device knows a ring that lies on the page. */
const knows = ({ context }: Seen<RingQueueContext>, page: number): boolean => context.ring.includes(page);
/** The step that the mediator waits for. */
const waitsFor = ({ state, context: { plan, done } }: Seen<MediatorContext>): string | undefined =>
  state === "waiting" ? plan[done - 1] : undefined;
const holders = (list: readonly Seen<MediatorContext>[], page: number): number =>
  list.filter(({ context }) => context.holds && context.ring.includes(page)).length;
const reaches = ({ present, cached, users }: TranslationContext): boolean => present || cached || users > 0;
const kept = (context: PinScopeContext): readonly number[] =>
  context.refs.flatMap((_, page) => (isKept(context, page) ? [page] : []));

/** What has to be charged: rings, and where faults are charged also what they mapped. */
const charges = (host: SelectiveDesign, { refs }: PinScopeContext, { mapped }: ContainerContext): number =>
  refs.filter((count, page) => count > 0 || (!host.pinCharges && mapped.includes(page))).length;
/** A mapping is one pin; today's call takes one of its own for each page in the list. */
const pinsOf = (host: SelectiveDesign, { refs }: PinScopeContext, { mapped }: ContainerContext, page: number): number =>
  (mapped.includes(page) ? 1 : 0) + (host.pinApi === "pins-only" && refs[page]! > 0 ? 1 : 0);
const pinned = (pages: readonly Seen<HostPageContext>[]): number =>
  pages.filter(({ context }) => context.pins > 0).length;
const isBusy = ({ state }: Seen<MediatorContext>): boolean => state === "working" || state === "waiting";

const ALL: readonly Fairness[] = ["threads", "hardware", "devices", "lock"];

export const sel = [
  always({
    id: "SEL-1",
    statement: "No access faults that the device cannot repeat.",
    source: vfioRule("I-23, row 36"),
    witness: "SEL-2",
    applies: here(needsRings),
    reads: { queue },
    holds: ({ queue: q }) => q.state !== "broken",
    values: ({ queue: q }) => ({ [q.name]: q.state, access: q.context.access, page: q.context.page }),
  }),
  sometimes({
    id: "SEL-2",
    statement: "A device fetches a descriptor.",
    source: vfioRule("3.2, step 5"),
    applies: here(),
    reads: { queue },
    holds: ({ queue: q }) => q.state === "moving" && q.context.access === "ring",
  }),
  sometimes({
    id: "SEL-3",
    statement: "A device waits for a buffer that faulted, while its ring stays where it is.",
    source: vfioRule("3.2, step 5; row 70"),
    applies: here((host) => mayFault(host) && host.faultTolerance !== "none"),
    reads: { queue },
    holds: ({ queue: q }) => q.state === "waiting" && q.context.access === "buffer",
  }),
  always({
    id: "SEL-4",
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
    statement: "A page that is locked down is mapped, from the lockdown to the release.",
    source: vfioRule("I-22, row 71"),
    witness: "SEL-15",
    applies: here(listsRings),
    reads: { pins, translation },
    holds: ({ pins: { context: p }, translation: { context: t } }) => p.refs[t.page] === 0 || t.present,
    values: ({ pins: { context: p }, translation: { context: t } }) => ({
      page: t.page,
      "locked down": p.refs[t.page]!,
      mapped: t.present,
    }),
  }),
  always({
    id: "SEL-6",
    statement: "Pinned pages never fault.",
    source: vfioRule("row 71 (M17)"),
    witness: "SEL-2",
    applies: here(listsRings),
    reads: { pins },
    holds: ({ pins: { context: p } }) => !p.pinnedFault,
  }),
  always({
    id: "SEL-7",
    statement: "An access to memory that is mapped by DMA_MAP is not refused, where there is room for it.",
    source: vfioRule("D-19, rows 42, 68"),
    witness: "SEL-3",
    applies: here(
      (host, bounds) => !bounds.unmaps && mayFault(host) && host.faultTolerance !== "none" && hasRoom(host, bounds),
    ),
    reads: { queue, vmm },
    holds: ({ queue: q, vmm: v }) => q.state !== "refused" || !v.context.mapped,
    values: ({ queue: q }) => ({ [q.name]: q.state, access: q.context.access, page: q.context.page }),
  }),
  always({
    id: "SEL-8",
    statement: "While nobody is at work, a page has at least as many entries in the pin list as rings that hold it.",
    source: vfioRule("I-08"),
    witness: "SEL-15",
    applies: here((host) => listsRings(host) && host.pinsWhat === "rings"),
    reads: { pins, mediators, lock },
    holds: ({ pins: { context: p }, mediators: ms, lock: l }) =>
      l.state !== "free" || p.refs.every((count, page) => count >= holders(ms, page)),
    values: ({ pins: { context: p } }) => ({ "entries by page": p.refs }),
  }),
  always({
    id: "SEL-9",
    statement:
      "A ring is locked down as a whole or not at all: while nobody is at work, nothing stays without a holder.",
    source: vfioRule("I-19, I-04"),
    witness: "SEL-15",
    applies: here((host) => listsRings(host) && host.pinsWhat === "rings"),
    reads: { pins, mediators, lock },
    holds: ({ pins: { context: p }, mediators: ms, lock: l }) =>
      l.state !== "free" || p.refs.every((count, page) => count <= holders(ms, page)),
    values: ({ pins: { context: p } }) => ({ "entries by page": p.refs }),
  }),
  always({
    id: "SEL-10",
    statement: "Eviction and DMA_UNMAP take no page that is locked down.",
    source: vfioRule("I-17, I-16"),
    witness: "SEL-16",
    applies: here(listsRings),
    reads: { pins, release },
    holds: ({ pins: { context: p }, release: { context: r } }) => r.page === null || p.refs[r.page] === 0,
    values: ({ pins: { context: p }, release: { context: r } }) => ({ "takes page": r.page, "locked down": p.refs }),
  }),
  always({
    id: "SEL-11",
    statement: "When DMA_UNMAP has returned, the device reaches nothing, and nothing is in the pin list.",
    source: vfioRule("I-01, I-16"),
    witness: "SEL-17",
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm, pins, translation },
    holds: ({ vmm: v, pins: { context: p }, translation: { context: t } }) =>
      v.state !== "idle" || v.context.mapped || (!reaches(t) && p.refs[t.page] === 0),
    values: ({ pins: { context: p }, translation: { context: t } }) => ({
      page: t.page,
      "the device reaches it": reaches(t),
      "locked down": p.refs[t.page]!,
    }),
  }),
  always({
    id: "SEL-12",
    statement: "DMA_UNMAP does not run out of turns.",
    source: vfioRule("I-16, B-25"),
    witness: "SEL-17",
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm },
    holds: ({ vmm: v }) => v.state !== "bug",
    values: ({ vmm: v }) => ({ vmm: v.state, turns: v.context.turns }),
  }),
  always({
    id: "SEL-13",
    statement: "A ring is released only when its queue is at rest.",
    source: vfioRule("I-25"),
    witness: "SEL-18",
    applies: here((host) => listsRings(host) && host.mediatorPlace !== "none"),
    reads: { mediator, queue },
    holds: ({ mediator: m, queue: q }) =>
      m.context.rules.queue !== q.context.queue ||
      waitsFor(m) !== "give" ||
      m.context.ring.every((page) => !knows(q, page)),
    values: ({ mediator: m, queue: q }) => ({ released: m.context.ring, [q.name]: q.state, ring: q.context.ring }),
  }),
  always({
    id: "SEL-14",
    statement: "CPU and device see the same frame behind a page that the device reaches.",
    source: vfioRule("I-21, B-43"),
    witness: "SEL-2",
    applies: here((host) => host.guestDiscards !== "never"),
    reads: { views: all("page-view"), translation },
    holds: ({ views, translation: { context: t } }) => !reaches(t) || views[t.page]!.state !== "diverged",
    values: ({ views, translation: { context: t } }) => ({ page: t.page, view: views[t.page]!.state }),
  }),
  sometimes({
    id: "SEL-15",
    statement: "A page is locked down for a ring.",
    source: vfioRule("3.2, step 3"),
    applies: here(listsRings),
    reads: { pins },
    holds: ({ pins: { context: p } }) => p.refs.some((count) => count > 0),
  }),
  sometimes({
    id: "SEL-16",
    statement: "A page is evicted while another one is locked down.",
    source: vfioRule("I-17"),
    applies: here((host, bounds) => listsRings(host) && mayFault(host) && bounds.reclaims && hasRoom(host, bounds)),
    reads: { pins, release },
    holds: ({ pins: { context: p }, release: { context: r } }) => r.page !== null && p.refs.some((count) => count > 0),
  }),
  sometimes({
    id: "SEL-17",
    statement: "DMA_UNMAP has begun while a device knows a ring.",
    source: vfioRule("3.2, step 7"),
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm, queue },
    holds: ({ vmm: v, queue: q }) => v.state.startsWith("unmap") && q.context.ring.length > 0,
  }),
  sometimes({
    id: "SEL-18",
    statement: "A mediator releases a ring.",
    source: vfioRule("3.2, step 6"),
    applies: here((host) => listsRings(host) && host.mediatorPlace !== "none"),
    reads: { mediator },
    holds: ({ mediator: m }) => waitsFor(m) === "give",
  }),
  sometimes({
    id: "SEL-19",
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
    statement: "While nobody is at work, what is charged is what is kept: each page once, whoever wants it.",
    source: vfioRule("I-05, I-06, 2.2"),
    witness: "SEL-15",
    applies: here(listsRings),
    reads: { account: each<LockedVmContext>("pin-limit"), pins, container, lock, design },
    holds: ({ account: { context: a }, pins: { context: p }, container: { context: c }, lock: l, design: { host } }) =>
      l.state !== "free" || a.charged === charges(host, p, c),
    values: ({ account: { context: a }, pins: { context: p }, container: { context: c } }) => ({
      charged: a.charged,
      kept: kept(p),
      mapped: c.mapped,
    }),
  }),
  always({
    id: "SEL-21",
    statement: "Not more is charged than the limit allows, and while nobody is at work not more is pinned.",
    source: vfioRule("I-07, I-19"),
    witness: "SEL-15",
    applies: here((host) => host.limit > 0 && listsRings(host) && !host.pinCharges),
    reads: { account: each<LockedVmContext>("pin-limit"), pages: all<HostPageContext>("kept-page"), lock },
    holds: ({ account: { context: a }, pages, lock: l }) =>
      a.charged <= a.limit && (l.state !== "free" || pinned(pages) <= a.limit),
    values: ({ account: { context: a }, pages }) => ({
      charged: a.charged,
      limit: a.limit,
      "pinned pages": pinned(pages),
    }),
  }),
  always({
    id: "SEL-22",
    statement: "While nobody is at work, the pins of a page are those of its mapping and of its entry in the pin list.",
    source: vfioRule("I-04"),
    witness: "SEL-15",
    applies: here(),
    reads: { page: each<HostPageContext>("kept-page"), pins, container, lock, design },
    holds: ({ page: { context: g }, pins: { context: p }, container: { context: c }, lock: l, design: { host } }) =>
      l.state !== "free" || g.pins === pinsOf(host, p, c, g.page),
    values: ({ page: { context: g }, pins: { context: p }, container: { context: c } }) => ({
      page: g.page,
      pins: g.pins,
      entries: p.refs[g.page]!,
      mapped: c.mapped.includes(g.page),
    }),
  }),
  canAlways({
    id: "SEL-23",
    statement: "A ring can always be given back: its queue comes to rest.",
    source: vfioRule("3.2, step 6; I-25"),
    witness: "SEL-2",
    applies: here(isTrapped),
    reads: { queue, mediator },
    holds: ({ queue: q, mediator: m }) =>
      m.context.rules.queue !== q.context.queue || (q.state === "off" && m.state === "idle"),
  }),
  leadsTo({
    id: "SEL-24",
    statement: "A buffer that faulted is answered, if threads and devices go on and the lock serves in turn.",
    source: vfioRule("I-34"),
    witness: "SEL-3",
    applies: here((host) => mayFault(host) && host.faultTolerance !== "none"),
    reads: { queue },
    when: ({ queue: q }) => q.state === "waiting",
    eventually: ({ queue: q }) => q.state !== "waiting",
    assumes: ALL,
  }),
  leadsTo({
    id: "SEL-25",
    statement: "A register write that was trapped, and a queue that is stopped, come to their end.",
    source: vfioRule("3.2, I-38"),
    witness: "SEL-2",
    applies: here(isTrapped),
    reads: { mediator },
    when: ({ mediator: m }) => isBusy(m),
    eventually: ({ mediator: m }) => !isBusy(m),
    assumes: ALL,
  }),
  leadsTo({
    id: "SEL-26",
    statement: "DMA_UNMAP returns, whatever rings the guest registers meanwhile.",
    source: vfioRule("I-16, I-37"),
    witness: "SEL-17",
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm },
    when: ({ vmm: v }) => v.state.startsWith("unmap"),
    eventually: ({ vmm: v }) => v.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "SEL-27",
    statement: "Where nobody takes pages away, an access that faulted is done in the end.",
    source: vfioRule("I-33"),
    witness: "SEL-3",
    applies: here(
      (host, bounds) =>
        !bounds.unmaps &&
        !bounds.reclaims &&
        bounds.rings === 1 &&
        hasRoom(host, bounds) &&
        mayFault(host) &&
        host.faultTolerance !== "none",
    ),
    reads: { queue, vmm },
    when: ({ queue: q, vmm: v }) => q.state === "faulting" && v.context.mapped,
    eventually: ({ queue: q }) => q.state === "moving" || q.state === "off",
    assumes: ALL,
  }),
  sometimes({
    id: "SEL-28",
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
    statement: "A lockdown is refused, and with it the register write.",
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
    statement: "Two rings share a page.",
    source: vfioRule("I-08"),
    applies: here((host, bounds) => listsRings(host) && bounds.rings > 1 && host.sharedRingPages === "counted"),
    reads: { pins },
    holds: ({ pins: { context: p } }) => p.refs.some((count) => count > 1),
  }),
  sometimes({
    id: "SEL-31",
    statement: "The hint comes when the device knows a ring already.",
    source: vfioRule("row 49"),
    applies: here(hintUnpins),
    reads: { vmm, queue },
    holds: ({ vmm: v, queue: q }) => v.state.startsWith("convert") && q.context.ring.length > 0,
  }),
  sometimes({
    id: "SEL-32",
    statement: "A device is at work while not all of the guest's memory is pinned: what IOPF is for.",
    source: vfioRule("rows 1, 51, 52"),
    applies: here(),
    reads: { queue, pages: all<HostPageContext>("kept-page") },
    holds: ({ queue: q, pages }) => q.state === "moving" && pages.some(({ context }) => context.pins === 0),
  }),
] as const;
