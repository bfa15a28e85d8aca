/** Questions about pinned and unpinned pages of the page fault systems. */
import type { Scenario } from "../scenario.ts";
import { at } from "./request.ts";

const unmap = (set: Parameters<typeof at>[2] = {}, hardware = "vtd") =>
  at("unmap-race", hardware, { reclaim: "none", ...set });
const notified = (host: string, set: Parameters<typeof at>[2] = {}) => at("mmu-notifier", "smmu-stall", set, host);

export const pageScenarios: readonly Scenario[] = [
  {
    id: "pri-or-stall",
    question: "Does it make a difference to VFIO whether a device faults through PRI or is stalled by the SMMU?",
    askedBy: "Shenming Lu, 2021-01-25 (M1)",
    rows: [5, 6, 7, 10, 15],
    given: "The same handler and container behind each of the two transports.",
    when: "a device touches pages that are not mapped.",
    answer:
      "Not to what VFIO must keep: what is claimed of pins, bitmap and page tables holds behind both. What differs is who is answered: a group with one response, or each stalled transaction.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "PRI",
        request: at("pri-flat", "vtd"),
        expect: { "PIN-1": "holds", "MAP-1": "holds", "LIV-8": "holds", "RSP-5": "witnessed" },
      },
      {
        label: "stall",
        request: at("stall-flat", "smmu-stall", {}, "rfc-v1"),
        expect: { "PIN-1": "holds", "MAP-1": "holds", "LIV-9": "holds", "STL-4": "witnessed" },
      },
    ],
    chart: { run: 1, property: "STL-4" },
  },
  {
    id: "unmap-against-faults",
    question: "Does DMA_UNMAP come to its end while faults keep coming for the range?",
    askedBy: "VFIO facts, I-37",
    rows: [22],
    given: "A thread that unmaps, a device that faults, one lock of the container that is handed over fairly.",
    when: "the device touches the range again and again.",
    answer:
      "Yes, if waiters for the lock are served in turn and devices end their DMA; after it no domain and no cache translates the range, and what faults then is answered Invalid.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "RFC v1",
        request: unmap(),
        expect: { "LIV-5": "holds", "SAFE-7": "holds", "SAFE-8": "holds", "PIN-9": "holds" },
      },
    ],
  },
  {
    id: "unmap-without-the-lock",
    question: "What does the container's lock buy a fault handler?",
    askedBy: "RFC v1, patch 2",
    rows: [20],
    given: "A handler that maps a page while DMA_UNMAP walks the same region.",
    when: "one of the two takes no lock.",
    answer:
      "Without it a page is mapped behind the walk: the device reaches it after DMA_UNMAP returned, and the pin is never given back.",
    evidence: { kind: "shown" },
    runs: [
      { label: "both lock", request: unmap(), expect: { "PIN-9": "holds", "SAFE-8": "holds" } },
      {
        label: "handler does not",
        request: unmap({ workerLocks: false }),
        expect: { "PIN-9": "violated", "SAFE-8": "violated" },
      },
    ],
    chart: { run: 1, property: "PIN-9" },
  },
  {
    id: "answer-after-unlock",
    question: "Is it right to send the page response after the container's lock was dropped?",
    askedBy: "RFC v1, patch 2 (steps F11, F12)",
    rows: [20, 22],
    given: "RFC v1, which unlocks and then responds: in the report, as posted, or from a worker.",
    when: "DMA_UNMAP gets the lock between the two.",
    answer:
      "Success can be sent for a page that is gone again. PCIe permits it and the device faults once more, so it costs a fault and no safety; answering under the lock avoids it.",
    evidence: { kind: "verified", where: "RFC v1, patch 2, vfio_iommu_type1_dynamic_dma_map()" },
    runs: [
      {
        label: "as posted, after unlock",
        request: at("unmap-race", "smmu-stall", { reclaim: "none" }, "rfc-v1"),
        expect: { "RSP-9": "violated", "SAFE-1": "holds" },
      },
      {
        label: "as posted, but under the lock",
        request: at("unmap-race", "smmu-stall", { reclaim: "none", respondWhen: "under-lock" }, "rfc-v1"),
        expect: { "RSP-9": "holds" },
      },
      { label: "a worker, after unlock", request: unmap(), expect: { "RSP-9": "violated", "SAFE-8": "holds" } },
      {
        label: "a worker, under the lock",
        request: unmap({ respondWhen: "under-lock" }),
        expect: { "RSP-9": "holds" },
      },
    ],
    chart: { run: 0, property: "RSP-9" },
  },
  {
    id: "unpin-before-sync",
    question: "May a page be unpinned while the invalidation of its translation is still under way?",
    askedBy: "VFIO facts, I-03",
    rows: [22],
    given: "A page that is unmapped, invalidated and unpinned in one order or the other.",
    when: "the device uses the page through a translation that it cached.",
    answer: "No: DMA is then in flight to a page that nobody holds.",
    evidence: { kind: "verified", where: "type1, vfio_unmap_unpin(), which syncs before it unpins" },
    runs: [
      { label: "sync first", request: unmap(), expect: { "SAFE-2": "holds", "SAFE-6": "holds" } },
      {
        label: "unpin first",
        request: unmap({ releaseOrder: "unpin-before-wait" }),
        expect: { "SAFE-2": "violated", "SAFE-6": "violated" },
      },
    ],
    chart: { run: 1, property: "SAFE-2" },
  },
  {
    id: "atc-before-iotlb",
    question: "In which order must IOTLB and device caches be invalidated?",
    askedBy: "hardware facts, H14",
    rows: [22],
    given: "A device with an address translation cache.",
    when: "its cache is invalidated before the IOTLB.",
    answer: "IOTLB first: otherwise the device refills its cache from the stale IOTLB after it was invalidated.",
    evidence: { kind: "derived", where: "hardware facts, H14" },
    runs: [
      { label: "IOTLB first", request: unmap(), expect: { "SAFE-4": "holds" } },
      { label: "cache first", request: unmap({ releaseOrder: "atc-before-iotlb" }), expect: { "SAFE-4": "violated" } },
      {
        label: "no cache invalidation",
        request: unmap({ releaseOrder: "no-atc-invalidation" }),
        expect: { "SAFE-4": "violated" },
      },
    ],
    chart: { run: 2, property: "SAFE-4" },
  },
  {
    id: "notifier-under-the-lock",
    question: "Can the RFC's MMU notifier avoid pinning as it stands?",
    askedBy: "Shenming Lu, 2021-01-25 (M1), list of things to do",
    rows: [16],
    given: "RFC v2: the handler gets pages under the container's lock, and the notifier takes the same lock.",
    when: "getting a page makes the host reclaim another page of the same memory.",
    answer:
      "No: the notifier waits for a lock that its own caller holds, for ever. Getting pages outside the lock, with a sequence number and retry, has no such deadlock.",
    evidence: { kind: "derived", where: "VFIO facts, D-06" },
    runs: [
      {
        label: "RFC v2",
        request: notified("rfc-v2"),
        expect: { "LCK-7": "violated", DEADLOCK: "violated", "NTF-1": "holds" },
      },
      {
        label: "sequence number and retry",
        request: notified("hmm"),
        expect: { "LCK-7": "holds", DEADLOCK: "holds", "NTF-1": "holds" },
      },
    ],
    chart: { run: 0, property: "LCK-7" },
  },
  {
    id: "range-start-only",
    question: "Is it enough to unmap in invalidate_range_start()?",
    askedBy: "VFIO facts, 4.3",
    rows: [16],
    given: "A notifier that is called before the host changes its page table, and nothing afterwards.",
    when: "a fault maps the page again between the call and the change.",
    answer:
      "No: the device is left with a translation of a frame that was freed. The handler must see that an invalidation ran meanwhile.",
    evidence: { kind: "derived", where: "VFIO facts, 4.3" },
    runs: [
      {
        label: "range start only",
        request: notified("rfc-v2", { notifier: "range-start-only" }),
        expect: { "NTF-1": "violated" },
      },
      {
        label: "sequence number and retry",
        request: notified("hmm"),
        expect: { "NTF-1": "holds", "NTF-5": "witnessed" },
      },
    ],
    chart: { run: 0, property: "NTF-1" },
  },
  {
    id: "retry-without-end",
    question: "Does the sequence number scheme always let a fault through in the end?",
    askedBy: "VFIO facts, 4.3",
    rows: [16],
    given: "Handlers that start over when an invalidation began meanwhile.",
    when: "the host takes the page away again and again.",
    answer: "No: nothing bounds the retries, and the stalled transaction may wait for ever.",
    evidence: { kind: "derived", where: "VFIO facts, 4.3" },
    runs: [{ label: "hmm", request: notified("hmm"), expect: { "LIV-3": "violated", "NTF-1": "holds" } }],
    chart: { run: 0, property: "LIV-3" },
  },
  {
    id: "group-evicts-itself",
    question: "May direct reclaim evict pages of the very group that is being served?",
    askedBy: "VFIO facts, I-17",
    rows: [27],
    given: "A limit of one page, groups of two pages, eviction inside the handler.",
    when: "the second page of a group needs room.",
    answer:
      "No: the pages of the group evict each other for ever, and the group is never answered. Refusing is the only way out below the bound.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "may evict its own",
        request: at("pin-limit", "vtd", { reclaim: "direct", itemPages: 2, evictsOwnGroup: true }),
        expect: { "RSP-8": "violated" },
      },
      {
        label: "spares its own",
        request: at("pin-limit", "vtd", { reclaim: "direct", itemPages: 2 }),
        expect: { "RSP-8": "holds" },
      },
    ],
  },
];
