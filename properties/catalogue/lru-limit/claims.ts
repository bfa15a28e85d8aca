/** LRU: a limit of what faults keep mapped, who is evicted for it, and who still makes progress. */
import { all, always, canAlways, leadsTo, parameters } from "../../../checker/property.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import {
  fits,
  lowestLimit,
  mostAnswers,
  type LruDesign,
  type LruSizes,
} from "../../../model/systems/studies/lru-limit-design.ts";
import {
  lru,
  lock,
  account,
  box,
  history,
  release,
  service,
  resolver,
  lockdown,
  item,
  translations,
  reclaim,
  vmm,
  byThread,
  byHandler,
  staysMapped,
  inService,
  allowed,
  levels,
  SERVED,
  BELADY_FAULTS,
} from "./parts.ts";
import { lruPossible } from "./possible.ts";
import { vfioRule } from "../sources.ts";

export const lruFamily = [
  always({
    id: "LRU-1",
    name: "level-within-limit",
    statement:
      "Where the handler enforces the limit, no more pages are faulted in than the limit allows whenever iommu->lock is free.",
    source: vfioRule("I-15, row 34"),
    witness: "LRU-19",
    applies: lru(byHandler),
    reads: { account, lock, lockdown },
    holds: ({ account: { context }, lock: l, lockdown: { context: locked } }) =>
      l.state === "held" || context.charged <= allowed(context, locked),
    values: ({ account: { context } }) => levels(context),
  }),
  always({
    id: "LRU-2",
    name: "check-restores-limit",
    statement: "When the checking thread has finished, no more pages are faulted in than the limit allows.",
    source: vfioRule("I-15, row 33"),
    witness: "LRU-21",
    applies: lru(byThread),
    reads: { account, reclaim, lockdown },
    holds: ({ account: { context }, reclaim: thread, lockdown: { context: locked } }) =>
      thread.state !== "unlocking" || context.charged <= allowed(context, locked),
    values: ({ account: { context } }) => levels(context),
  }),
  always({
    id: "LRU-3",
    name: "bounded-excess",
    statement:
      "Between two checks the number of faulted-in pages exceeds the limit by at most the pages that were faulted in since the first check.",
    source: vfioRule("I-15, row 33"),
    witness: "LRU-21",
    applies: lru(byThread),
    reads: { account, history, lock, lockdown },
    holds: ({ account: { context }, history: { context: h }, lock: l, lockdown: { context: locked } }) =>
      l.state === "held" || context.charged <= allowed(context, locked) + h.since!,
    values: ({ account: { context }, history: { context: h } }) => ({ ...levels(context), "faulted in": h.since }),
  }),
  always({
    id: "LRU-4",
    name: "tracker-in-order",
    statement: "While no thread holds iommu->lock, the tracker has each faulted-in page once, in the order of mapping.",
    source: vfioRule("I-18, row 27"),
    witness: "LRU-19",
    applies: lru(({ victims }) => victims === "first-mapped"),
    reads: { container: box, history, lock, lockdown },
    holds: ({ container: { context: c }, history: { context: h }, lock: l, lockdown: { context: locked } }) =>
      l.state === "held" || c.mapped.join() === h.mapped.filter((page) => !locked.pages.includes(page)).join(),
    values: ({ container: { context: c }, history: { context: h } }) => ({ tracker: c.mapped, entries: h.mapped }),
  }),
  always({
    id: "LRU-5",
    name: "tracked-page-mapped",
    statement: "While no thread holds iommu->lock, a page in the tracker has an IOMMU entry.",
    source: vfioRule("I-10"),
    witness: "LRU-19",
    applies: lru(),
    reads: { container: box, translations, lock },
    holds: ({ container: { context: c }, translations: entries, lock: l }) =>
      l.state === "held" || entries.every(({ context: t }) => t.present || !c.mapped.includes(t.page)),
    values: ({ container: { context: c }, translations: entries }) => ({
      tracker: c.mapped,
      present: entries.filter(({ context: t }) => t.present).map(({ context: t }) => t.page),
    }),
  }),
  always({
    id: "LRU-6",
    name: "no-locked-page-evicted",
    statement: "No locked-down page is evicted.",
    source: vfioRule("I-17"),
    witness: "LRU-20",
    applies: lru((_, bounds) => bounds.lockedPages > 0),
    reads: { release, lockdown },
    holds: ({ release: { context: r }, lockdown: { context: locked } }) =>
      r.page === null || !locked.pages.includes(r.page),
  }),
  always({
    id: "LRU-7",
    name: "no-page-of-group-evicted",
    statement: "No page of the group that is being answered is evicted.",
    source: vfioRule("I-17"),
    witness: "LRU-20",
    applies: lru((_, bounds) => bounds.extraPages === 0),
    reads: { release, service, resolver },
    holds: ({ release: { context: r }, service: s, resolver: worker }) =>
      r.page === null || !inService(s, worker).includes(r.page),
    values: ({ release: { context: r }, service: s, resolver: worker }) => ({
      evicted: r.page,
      "being answered": inService(s, worker),
    }),
  }),
  always({
    id: "LRU-8",
    name: "success-group-mapped",
    statement: "When a group is answered Success, all its pages are mapped.",
    source: vfioRule("I-28"),
    witness: "LRU-23",
    applies: lru(),
    reads: { service, translations },
    holds: ({ service: { state, context: c }, translations: entries }) =>
      state !== "responding" ||
      c.code !== "success" ||
      entries.every(({ context: t }) => t.present || !c.request!.pages.includes(t.page)),
    values: ({ service: { context: c }, translations: entries }) => ({
      group: c.request?.pages ?? [],
      present: entries.filter(({ context: t }) => t.present).map(({ context: t }) => t.page),
    }),
  }),
  always({
    id: "LRU-9",
    name: "no-dma-to-evicted-page",
    statement: "No DMA is in flight to a page that is not pinned, whichever thread took it back.",
    source: vfioRule("I-02, I-03, row 26"),
    witness: "LRU-22",
    applies: lru(),
    reads: { translations, pages: all<HostPageContext>("host-page") },
    holds: ({ translations: entries, pages }) =>
      entries.every(({ context: t }) => t.users === 0 || pages[t.page]!.context.pins > 0),
    values: ({ translations: entries, pages }) => ({
      "DMA to": entries.filter(({ context: t }) => t.users > 0).map(({ context: t }) => t.page),
      pinned: pages.filter(({ context: p }) => p.pins > 0).map(({ context: p }) => p.page),
    }),
  }),
  always({
    id: "LRU-10",
    name: "no-room-is-not-forbidden",
    statement: "A group without room is not answered like a forbidden access.",
    source: vfioRule("I-28, D-23"),
    witness: "LRU-23",
    applies: lru((host, bounds) => staysMapped(host, bounds) || host.respondWhen === "under-lock"),
    reads: { service, container: box },
    holds: ({ service: { state, context: s }, container: { context: c } }) =>
      state !== "responding" ||
      s.code !== "invalid" ||
      s.request!.pages.some((page) => !c.linked.includes(c.regionOf[page]!)),
    values: ({ service: { context: s } }) => ({ group: s.request?.pages ?? [], answer: s.code }),
  }),
  always({
    id: "LRU-11",
    name: "limit-above-bound-suffices",
    statement:
      "No group of pages that DMA_MAP has mapped is refused if the limit is at least the number of pages that all groups in flight need (the bound of VFIO facts 4.2).",
    source: vfioRule("I-33, 4.2"),
    witness: "LRU-23",
    applies: lru((host, bounds) => fits(host, bounds) && bounds.extraPages === 0),
    reads: { service },
    holds: ({ service: { state, context: s } }) => state !== "responding" || s.code === "success",
    values: ({ service: { context: s } }) => ({ group: s.request?.pages ?? [], answer: s.code }),
  }),
  always({
    id: "LRU-12",
    name: "bounded-retries",
    statement:
      "A work item gets Success at most twice; if it requests page by page, at most twice for each page and once more.",
    source: vfioRule("I-33, I-44"),
    witness: "LRU-23",
    applies: lru(staysMapped),
    reads: { item, built: parameters<StudyParameters<LruDesign, LruSizes>>() },
    holds: ({ item: { context }, built }) => context.rounds <= mostAnswers(built.bounds),
    values: ({ item: { name, context } }) => ({ [`answers to ${name}`]: context.rounds }),
  }),
  leadsTo({
    id: "LRU-13",
    name: "item-ends",
    statement: "Every work item ends, done or refused, if threads and devices keep running and the lock is fair.",
    source: vfioRule("I-33, I-44"),
    witness: "LRU-23",
    applies: lru(staysMapped),
    reads: { item },
    when: ({ item: i }) => i.state !== "idle",
    eventually: ({ item: i }) => i.state === "idle",
    assumes: SERVED,
  }),
  leadsTo({
    id: "LRU-14",
    name: "eviction-ends",
    statement: "An eviction ends if threads keep running and devices end their DMA.",
    source: vfioRule("4.1"),
    witness: "LRU-20",
    applies: lru(),
    reads: { release },
    when: ({ release: r }) => r.state !== "idle",
    eventually: ({ release: r }) => r.state === "idle",
    assumes: ["threads", "hardware", "devices"],
  }),
  leadsTo({
    id: "LRU-15",
    name: "unmap-with-trim-returns",
    statement: "DMA_UNMAP returns, together with the evictions that a lower limit needs.",
    source: vfioRule("I-37, row 34"),
    witness: "LRU-20",
    applies: lru((_, bounds) => bounds.extraPages > 0),
    reads: { vmm },
    when: ({ vmm: v }) => v.state.startsWith("unmap"),
    eventually: ({ vmm: v }) => v.state === "idle",
    assumes: SERVED,
  }),
  canAlways({
    id: "LRU-16",
    name: "level-can-return",
    statement: "The number of faulted-in pages can always return to the limit without an unmap.",
    source: vfioRule("row 25"),
    witness: "LRU-23",
    applies: lru((host, bounds) => bounds.extraPages === 0 && lowestLimit(host, bounds) >= bounds.lockedPages),
    reads: { account },
    holds: ({ account: { context } }) => context.charged <= context.limit,
    values: ({ account: { context } }) => levels(context),
  }),
  always({
    id: "LRU-17",
    name: "limit-is-share",
    statement: "While no thread holds iommu->lock, the limit is at most its share of what DMA_MAP has mapped.",
    source: vfioRule("row 34"),
    witness: "LRU-19",
    applies: lru(),
    reads: { account, container: box, lock },
    holds: ({ account: { context: a }, container: { context: c }, lock: l }) =>
      l.state === "held" ||
      100 * a.limit <= (a.rule.percent ?? 100) * c.linked.reduce((sum, region) => sum + a.rule.sizes[region]!, 0),
    values: ({ account: { context: a }, container: { context: c } }) => ({ limit: a.limit, mappings: c.linked }),
  }),
  always({
    id: "LRU-18",
    name: "belady-nine-faults",
    statement: "The references of Belady's example fault at most nine times.",
    source: vfioRule("4.1"),
    witness: "LRU-20",
    applies: lru((_, bounds) => bounds.itemScript === "belady"),
    reads: { item },
    holds: ({ item: { context } }) => context.faults <= BELADY_FAULTS,
    values: ({ item: { context } }) => ({ faults: context.faults }),
  }),
  ...lruPossible,
] as const;
