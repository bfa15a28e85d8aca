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
  release,
  service,
  resolver,
  lockdown,
  item,
  translations,
  vmm,
  staysMapped,
  inService,
  levels,
  SERVED,
  BELADY_FAULTS,
} from "./parts.ts";
import { lruPossible } from "./possible.ts";
import { vfioRule } from "../sources.ts";
import { lruLimits } from "./limit.ts";

export const lruFamily = [
  ...lruLimits,
  always({
    id: "LRU-6",
    name: "no-locked-page-evicted",
    statement: "No locked-down page is evicted.",
    source: vfioRule("I-17"),
    witness: "LRU-20",
    applies: lru((_, bounds) => bounds.lockedPages > 0),
    reads: { release, lockdown },
    given: { "a page is being evicted": ({ release: { context: r } }) => r.page !== null },
    parts: {
      "it is not locked down": ({ release: { context: r }, lockdown: { context: locked } }) =>
        !locked.pages.includes(r.page!),
    },
  }),
  always({
    id: "LRU-7",
    name: "no-page-of-group-evicted",
    statement: "No page of the group that is being answered is evicted.",
    source: vfioRule("I-17"),
    witness: "LRU-20",
    applies: lru((_, bounds) => bounds.extraPages === 0),
    reads: { release, service, resolver },
    given: { "a page is being evicted": ({ release: { context: r } }) => r.page !== null },
    parts: {
      "no fault that is in service asks for it": ({ release: { context: r }, service: s, resolver: worker }) =>
        !inService(s, worker).includes(r.page!),
    },
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
    given: {
      "Success is about to be sent": ({ service: { state, context: c } }) =>
        state === "responding" && c.code === "success",
    },
    parts: {
      "every page asked for is mapped": ({ service: { context: c }, translations: entries }) =>
        entries.every(({ context: t }) => t.present || !c.request!.pages.includes(t.page)),
    },
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
    given: {
      "Invalid Request is about to be sent": ({ service: { state, context: s } }) =>
        state === "responding" && s.code === "invalid",
    },
    parts: {
      "a page asked for is in no mapping": ({ service: { context: s }, container: { context: c } }) =>
        s.request!.pages.some((page) => !c.linked.includes(c.regionOf[page]!)),
    },
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
    given: { "the service answers": ({ service: { state } }) => state === "responding" },
    parts: { "the code is Success": ({ service: { context: s } }) => s.code === "success" },
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
    given: { "the lock is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "the limit is at most its share of what is mapped": ({ account: { context: a }, container: { context: c } }) =>
        100 * a.limit <= (a.rule.percent ?? 100) * c.linked.reduce((sum, region) => sum + a.rule.sizes[region]!, 0),
    },
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
