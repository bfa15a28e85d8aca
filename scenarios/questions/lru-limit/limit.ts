/** Questions about a limit of what faults keep mapped. */
import type { Request } from "../../../properties/build.ts";
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";
import { thrashScenarios } from "./thrash.ts";

const at = (host: string, set: Request["set"] = {}) => study("lru-limit", host, set);
/** DMA_UNMAP takes half of the limit, which is two pages. */
const HALVED = { itemPages: 1, guestPages: 10, extraPages: 10 } as const;

export const lruLimitScenarios: readonly Scenario[] = [
  {
    id: "mapping-only-grows",
    question: "Do mappings made by faults ever shrink while the guest runs and nothing is unmapped?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [25, 33],
    given: "A guest of ten pages, a level of ten percent, and a device that uses two pages.",
    when: "faults are resolved as in RFC v1, or by a handler that evicts.",
    answer:
      "In RFC v1 they only grow: above the limit no step leads back, until everything that the device touches is mapped. A handler that evicts before it maps never exceeds the limit.",
    evidence: { kind: "verified", where: "RFC v1 patch 4; VFIO facts 4.1" },
    runs: [
      {
        label: "RFC v1",
        request: at("rfc-v1", { hotPages: 2, guestPages: 10 }),
        expect: { "LRU-16": "violated", "LRU-27": "witnessed" },
      },
      {
        label: "the handler evicts before it maps",
        request: at("intended"),
        expect: { "LRU-16": "holds", "LRU-1": "holds" },
      },
    ],
    chart: { run: 0, property: "LRU-16" },
  },
  {
    id: "should-mappings-expire",
    question: "Should mappings expire?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [26],
    given: "A handler that keeps to the limit, and pages that can expire at any time.",
    when: "any page may expire, or only a page that its group has used.",
    answer:
      "Expiry is safe, but unconditional expiry can keep work from ever completing: a page can expire before its device has used it, again and again. If only used pages expire, every work item completes.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "any page may expire",
        request: at("intended", { expires: "any-page" }),
        expect: { "LRU-9": "holds", "LRU-12": "violated", "LRU-13": "violated" },
      },
      {
        label: "only used pages expire",
        request: at("intended", { expires: "used-page" }),
        expect: { "LRU-9": "holds", "LRU-12": "holds", "LRU-13": "holds", "LRU-22": "witnessed" },
      },
    ],
  },
  {
    id: "expiry-during-dma",
    question: "What happens if a mapping expires while DMA to it is in flight?",
    askedBy: "VFIO facts 4.1, on Alex Williamson's question of 2021-01-29",
    rows: [26],
    given: "One page, whose mapping expires while its device uses it.",
    when: "the page is unpinned after the IOTLB invalidation has completed, or without an invalidation.",
    answer:
      "Nothing breaks if expiry unmaps, invalidates, waits, and then unpins: the invalidation completes when the DMA in flight has ended. Without the invalidation the device can write to a page that belongs to another owner.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts 4.1, I-03 (a page is unpinned only after it is unmapped everywhere and caches are invalidated)",
    },
    runs: [
      {
        label: "unmap, invalidate, wait, unpin",
        request: at("rfc-v1", { expires: "any-page", hotPages: 1, itemPages: 1 }),
        expect: { "LRU-9": "holds", "LRU-14": "holds", "LRU-22": "witnessed" },
      },
      {
        label: "unpin without an invalidation",
        request: at("rfc-v1", {
          expires: "any-page",
          hotPages: 1,
          itemPages: 1,
          releaseOrder: "no-iotlb-invalidation",
        }),
        expect: { "LRU-9": "violated" },
      },
    ],
    chart: { run: 1, property: "LRU-9" },
  },
  {
    id: "least-recently-mapped",
    question: "Is a tracker of least recently mapped pages good enough when accesses of the device do not refresh it?",
    askedBy: "Alex Williamson, 2021-01-29 (M2); Shenming Lu, 2021-01-30 (M3)",
    rows: [27],
    given: "Two devices, two pages, and a limit of one page.",
    when: "one device faults while the other has DMA in flight to the oldest page.",
    answer:
      "It is safe and not exact: the evicted page may be one that a device is writing to. The eviction waits for that DMA, and the page faults again at the next access.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the oldest page is evicted while in use",
        request: at("thread-direct", { devices: 2, hotPages: 2, itemPages: 1, guestPages: 10 }),
        expect: {
          "LRU-4": "holds",
          "LRU-9": "holds",
          "LRU-14": "holds",
          "LRU-22": "witnessed",
          "LRU-26": "witnessed",
        },
      },
    ],
    chart: { run: 0, property: "LRU-22" },
  },
  {
    id: "ten-percent-of-little",
    question: "What does the default of ten percent mean for a small guest?",
    askedBy: "VFIO facts 4.1, on Shenming Lu's levels of 2021-01-30",
    rows: [34],
    given: "A mapping of nine pages and a level of ten percent, which rounds down to no page.",
    when: "a device faults.",
    answer:
      "It can mean no page at all. A handler that keeps to the limit then refuses every group, so no DMA completes; in the RFC thread's design the refusal is Invalid, the code of a forbidden access. With a thread that checks periodically, pages come and go, and DMA may never complete. Rounding up to one page is enough for devices that need one page at a time.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the handler keeps to the limit",
        request: at("intended", { guestPages: 9, itemPages: 1 }),
        expect: { "LRU-24": "witnessed", "LRU-29": "never-witnessed", "LRU-10": "holds" },
      },
      {
        label: "the handler keeps to the limit and answers Invalid",
        request: at("thread-direct", { guestPages: 9, itemPages: 1 }),
        expect: { "LRU-29": "never-witnessed", "LRU-10": "violated" },
      },
      {
        label: "a thread checks the limit",
        request: at("thread-periodic", { guestPages: 9, hotPages: 1, itemPages: 1 }),
        expect: { "LRU-29": "witnessed", "LRU-13": "violated" },
      },
      {
        label: "the limit is rounded up",
        request: at("intended", { guestPages: 9, itemPages: 1, limitRounding: "up" }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-29": "witnessed" },
      },
    ],
    chart: { run: 1, property: "LRU-10" },
  },
  {
    id: "levels-of-a-limit",
    question: "Which of the levels is enough for a device that needs two pages at a time?",
    askedBy: "Shenming Lu, 2021-01-30 (M3)",
    rows: [28, 34],
    given: "A mapping of four pages, of which 30, 50 or 70 percent, or all, may stay mapped.",
    when: "the device asks for any two of three pages.",
    answer:
      "50 percent, in this configuration. 70 percent allows no more pages, because the share is rounded down. Below 50 percent every group is refused. Without a limit nothing is evicted.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "30 percent: one page",
        request: at("intended", { guestPages: 4, limitLevel: "30" }),
        expect: { "LRU-24": "witnessed", "LRU-29": "never-witnessed" },
      },
      {
        label: "50 percent: two pages",
        request: at("intended", { guestPages: 4, limitLevel: "50" }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-20": "witnessed" },
      },
      {
        label: "70 percent: two pages",
        request: at("intended", { guestPages: 4, limitLevel: "70" }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-20": "witnessed" },
      },
      {
        label: "unlimited",
        request: at("intended", { guestPages: 4, limitLevel: "unlimited" }),
        expect: { "LRU-11": "holds", "LRU-13": "holds", "LRU-1": "holds" },
      },
    ],
  },
  {
    id: "limit-after-unmap",
    question: "What must happen to a limit that is a share of the mapped memory when the VMM unmaps half of it?",
    askedBy: "VFIO facts 4.1, on Shenming Lu's levels of 2021-01-30",
    rows: [34],
    given: "Two mappings of ten pages each, a level of ten percent, and both pages of the limit in the first mapping.",
    when: "the second mapping is removed.",
    answer:
      "DMA_UNMAP must evict pages of other mappings before it returns. If it only lowers the limit, the mapped pages exceed it until the next fault or check. If it does not lower the limit, the limit counts memory that is not mapped any more.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "evicts what exceeds the limit",
        request: at("intended", HALVED),
        expect: { "LRU-1": "holds", "LRU-15": "holds", "LRU-17": "holds", "LRU-25": "witnessed" },
      },
      {
        label: "lowers the limit only",
        request: at("intended", { ...HALVED, limitAtUnmap: "lowers-only" }),
        expect: { "LRU-1": "violated", "LRU-17": "holds" },
      },
      {
        label: "keeps the limit",
        request: at("intended", { ...HALVED, limitAtUnmap: "keeps" }),
        expect: { "LRU-17": "violated" },
      },
    ],
    chart: { run: 2, property: "LRU-17" },
  },
  {
    id: "periodic-overshoot",
    question: "By how much can mapped pages exceed the limit if a thread checks periodically?",
    askedBy: "Shenming Lu, 2021-01-30 (M3)",
    rows: [33],
    given: "A thread that checks at any time, and releases the least recently mapped pages until the limit is met.",
    when: "faults come between two checks.",
    answer:
      "By as many pages as were faulted in since the last check, and by none right after a check. DMA_UNMAP breaks this bound if it lowers the limit and leaves the rest to the next check.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts 4.1, I-15 (direct reclaim always keeps the limit; a periodic thread exceeds it by at most the faults of one period)",
    },
    runs: [
      {
        label: "faults between checks",
        request: at("thread-periodic"),
        expect: { "LRU-2": "holds", "LRU-3": "holds", "LRU-21": "witnessed" },
      },
      {
        label: "faults and a DMA_UNMAP between checks",
        request: at("thread-periodic", { ...HALVED, hotPages: 2, guestPages: 5, extraPages: 5 }),
        expect: { "LRU-2": "holds", "LRU-3": "violated" },
      },
    ],
  },
  {
    id: "pre-pin-more-pages",
    question: "May the fault handler map more pages than requested, to have fewer faults?",
    askedBy: "Shenming Lu, 2021-01-30 (M3); Alex Williamson, 2021-05-18, on the mismatch",
    rows: [31],
    given: "A fault that also maps the neighbour of its page, if there is room.",
    when: "both are mapped page by page, or with one large entry, and one of them is unmapped.",
    answer:
      "Yes, page by page. With one large entry the unmap of one page removes the translation of the other and leaves its bit set. The next fault on it finds the bit, gets Success, maps nothing, and repeats for ever.",
    evidence: {
      kind: "verified",
      where:
        "Alex Williamson's review of RFC v3, 2021-05-18; VFIO facts D-08 (v2, v3: unmapping a part takes a superpage, bits stay, and the next fault is answered without mapping)",
    },
    runs: [
      {
        label: "page by page",
        request: at("intended", { itemPages: 1, premap: "pages" }),
        expect: { "LRU-5": "holds", "LRU-8": "holds", "LRU-11": "holds", "LRU-13": "holds" },
      },
      {
        label: "one large entry",
        request: at("intended", { itemPages: 1, premap: "superpage" }),
        expect: { "LRU-5": "violated", "LRU-8": "violated", "LRU-13": "violated" },
      },
      {
        label: "one large entry, and pages expire",
        request: at("rfc-v1", { hotPages: 2, itemPages: 1, premap: "superpage", expires: "any-page" }),
        expect: { "LRU-5": "violated" },
      },
    ],
    chart: { run: 2, property: "LRU-5" },
  },
  {
    id: "limit-and-locked-pages",
    question: "May the limit evict pages that are locked down for the device's queues?",
    askedBy:
      "VFIO facts 4.1 and 3.2, I-17 (a page that is locked down, statically mapped or in service is never evicted)",
    rows: [27, 39],
    given: "A limit of three pages, one of which is locked down.",
    when: "faults need the other two for different pages in turn.",
    answer:
      "No. Locked-down pages must be on no list from which victims are taken. They still count against the limit, and faults share the rest.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "locked-down pages are on no list",
        request: at("intended", { lockedPages: 1, guestPages: 30 }),
        expect: { "LRU-6": "holds", "LRU-1": "holds", "LRU-11": "holds" },
      },
      {
        label: "locked-down pages are on the same list",
        request: at("intended", { lockedPages: 1, guestPages: 30, lockdownTracked: true }),
        expect: { "LRU-6": "violated" },
      },
    ],
  },
  ...thrashScenarios,
];
