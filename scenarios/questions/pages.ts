/** Questions about pinned and unpinned pages of the page fault systems. */
import type { Scenario } from "../scenario.ts";
import { at } from "./request.ts";

const unmap = (set: Parameters<typeof at>[2] = {}, hardware = "vtd") =>
  at("unmap-race", hardware, { reclaim: "none", ...set });
const notified = (host: string, set: Parameters<typeof at>[2] = {}) => at("mmu-notifier", "smmu-stall", set, host);

export const pageScenarios: readonly Scenario[] = [
  {
    id: "pri-or-stall",
    question: "Does it matter to VFIO whether a device faults through PRI or is stalled by the SMMU?",
    askedBy: "Shenming Lu, 2021-01-25 (M1)",
    rows: [5, 6, 7, 10, 15],
    given: "The same handler and container behind PRI and behind stalls.",
    when: "a device touches pages that are not mapped.",
    answer:
      "No: the claims on pins, bitmap and page tables, which VFIO must keep, hold with both. The responses differ: a page request group gets one, and each stalled transaction gets one.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "page requests (PRI, VT-d)",
        request: at("pri-flat", "vtd"),
        expect: { "PIN-1": "holds", "MAP-1": "holds", "LIV-8": "holds", "RSP-5": "witnessed" },
      },
      {
        label: "stalls (SMMUv3)",
        request: at("stall-flat", "smmu-stall", {}, "rfc-v1"),
        expect: { "PIN-1": "holds", "MAP-1": "holds", "LIV-9": "holds", "STL-4": "witnessed" },
      },
    ],
    chart: { run: 1, property: "STL-4" },
  },
  {
    id: "unmap-against-faults",
    question: "Does DMA_UNMAP end while faults keep coming for the range?",
    askedBy: "VFIO facts, I-37 (DMA_UNMAP ends although faults keep coming)",
    rows: [22],
    given: "A thread that unmaps, a device that faults, and a fair lock of the container.",
    when: "the device touches the range again and again.",
    answer:
      "Yes, if the container's lock is fair and devices end their DMA. After DMA_UNMAP no domain and no cache translates the range, and a later fault is answered Invalid.",
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
    question: "Why does a fault handler need the container's lock?",
    askedBy: "RFC v1, patch 2",
    rows: [20],
    given: "A handler that maps a page while DMA_UNMAP walks the same region.",
    when: "the handler takes no lock.",
    answer:
      "Without the lock it maps a page that the walk of DMA_UNMAP has already passed. The device reaches the page after DMA_UNMAP has returned, and the pin is never given back.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "handler and DMA_UNMAP take iommu->lock",
        request: unmap(),
        expect: { "PIN-9": "holds", "SAFE-8": "holds" },
      },
      {
        label: "the handler does not take iommu->lock",
        request: unmap({ workerLocks: false }),
        expect: { "PIN-9": "violated", "SAFE-8": "violated" },
      },
    ],
    chart: { run: 1, property: "PIN-9" },
  },
  {
    id: "answer-after-unlock",
    question: "May the page response be sent after the container's lock was dropped?",
    askedBy: "RFC v1, patch 2, which drops the container's lock and then answers",
    rows: [20, 22],
    given: "RFC v1, which unlocks and then responds: within the report, as posted, or from a worker.",
    when: "DMA_UNMAP takes the lock between the unlock and the response.",
    answer:
      "Yes: Success can then be sent for a page that is unmapped again, and the device faults once more. PCIe permits this; it costs a fault and breaks no safety claim. A response under the lock avoids it.",
    evidence: { kind: "verified", where: "RFC v1, patch 2, vfio_iommu_type1_dynamic_dma_map()" },
    runs: [
      {
        label: "RFC v1 as posted: response after the unlock",
        request: at("unmap-race", "smmu-stall", { reclaim: "none" }, "rfc-v1"),
        expect: { "RSP-9": "violated", "SAFE-1": "holds" },
      },
      {
        label: "RFC v1 changed: response under the lock",
        request: at("unmap-race", "smmu-stall", { reclaim: "none", respondWhen: "under-lock" }, "rfc-v1"),
        expect: { "RSP-9": "holds" },
      },
      {
        label: "a work item in place of the report: response after the unlock",
        request: unmap(),
        expect: { "RSP-9": "violated", "SAFE-8": "holds" },
      },
      {
        label: "a work item in place of the report: response under the lock",
        request: unmap({ respondWhen: "under-lock" }),
        expect: { "RSP-9": "holds" },
      },
    ],
    chart: { run: 0, property: "RSP-9" },
  },
  {
    id: "unpin-before-sync",
    question: "May a page be unpinned while the invalidation of its translation is still under way?",
    askedBy: "VFIO facts, I-03 (a page is unpinned only after it is unmapped everywhere and caches are invalidated)",
    rows: [22],
    given: "A page that is unmapped, invalidated and unpinned, in this order or with the unpin first.",
    when: "the device uses the page through a translation in its cache.",
    answer: "No: the device can then write to a page without any pin.",
    evidence: { kind: "verified", where: "type1, vfio_unmap_unpin(), which syncs before it unpins" },
    runs: [
      {
        label: "waits for the invalidation, then unpins",
        request: unmap(),
        expect: { "SAFE-2": "holds", "SAFE-6": "holds" },
      },
      {
        label: "unpins, then waits for the invalidation",
        request: unmap({ releaseOrder: "unpin-before-wait" }),
        expect: { "SAFE-2": "violated", "SAFE-6": "violated" },
      },
    ],
    chart: { run: 1, property: "SAFE-2" },
  },
  {
    id: "atc-before-iotlb",
    question: "In which order must IOTLB and device caches be invalidated?",
    askedBy: "hardware facts, H14 (device caches are invalidated before the IOTLB, and fill again from it)",
    rows: [22],
    given: "A device with an address translation cache.",
    when: "its cache is invalidated before the IOTLB, or after.",
    answer:
      "The IOTLB comes first. In the other order the device refills its cache from the stale IOTLB after its own invalidation.",
    evidence: {
      kind: "derived",
      where: "hardware facts, H14 (device caches are invalidated before the IOTLB, and fill again from it)",
    },
    runs: [
      { label: "IOTLB first, then device caches", request: unmap(), expect: { "SAFE-4": "holds" } },
      {
        label: "device caches first, then IOTLB",
        request: unmap({ releaseOrder: "atc-before-iotlb" }),
        expect: { "SAFE-4": "violated" },
      },
      {
        label: "IOTLB only, no device cache",
        request: unmap({ releaseOrder: "no-atc-invalidation" }),
        expect: { "SAFE-4": "violated" },
      },
    ],
    chart: { run: 2, property: "SAFE-4" },
  },
  {
    id: "notifier-under-the-lock",
    question: "Can the MMU notifier of RFC v2, as posted, replace pinning?",
    askedBy: "Shenming Lu, 2021-01-25 (M1), list of things to do",
    rows: [16],
    given: "RFC v2: the handler gets pages under the container's lock, and the notifier takes the same lock.",
    when: "getting a page makes the host reclaim another page of the same memory.",
    answer:
      "No: the notifier waits for ever for a lock that its own caller holds. A handler that gets pages outside of the lock, with a sequence number and retry, has no such deadlock.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, D-06 (v2, v3: the handler gets pages under the lock that the notifier needs, and waits for itself)",
    },
    runs: [
      {
        label: "RFC v2 as posted",
        request: notified("rfc-v2"),
        expect: { "LCK-7": "violated", DEADLOCK: "violated", "NTF-1": "holds" },
      },
      {
        label: "the handler compares a sequence number and retries",
        request: notified("hmm"),
        expect: { "LCK-7": "holds", DEADLOCK: "holds", "NTF-1": "holds" },
      },
    ],
    chart: { run: 0, property: "LCK-7" },
  },
  {
    id: "range-start-only",
    question: "Is it enough that the notifier unmaps in invalidate_range_start()?",
    askedBy: "VFIO facts, 4.3",
    rows: [16],
    given: "A notifier that is called before the kernel changes the CPU's page table, and not afterwards.",
    when: "a fault maps the page again between the call and the change.",
    answer:
      "No: the device keeps a translation of a frame that was freed. The handler must notice that an invalidation ran meanwhile.",
    evidence: { kind: "derived", where: "VFIO facts, 4.3" },
    runs: [
      {
        label: "unmaps in invalidate_range_start() only",
        request: notified("rfc-v2", { notifier: "range-start-only" }),
        expect: { "NTF-1": "violated" },
      },
      {
        label: "the handler compares a sequence number and retries",
        request: notified("hmm"),
        expect: { "NTF-1": "holds", "NTF-5": "witnessed" },
      },
    ],
    chart: { run: 0, property: "NTF-1" },
  },
  {
    id: "retry-without-end",
    question: "Does a handler with a sequence number and retry always serve a fault in the end?",
    askedBy: "VFIO facts, 4.3",
    rows: [16],
    given: "A handler that starts over when an invalidation began meanwhile.",
    when: "the kernel takes the page away again and again.",
    answer: "No: nothing bounds the retries, and a stalled transaction may wait for ever.",
    evidence: { kind: "derived", where: "VFIO facts, 4.3" },
    runs: [
      {
        label: "retries without a bound",
        request: notified("hmm"),
        expect: { "LIV-3": "violated", "NTF-1": "holds" },
      },
    ],
    chart: { run: 0, property: "LIV-3" },
  },
  {
    id: "group-evicts-itself",
    question: "May the fault handler evict pages of the group that it serves?",
    askedBy: "VFIO facts, I-17 (a page that is locked down, statically mapped or in service is never evicted)",
    rows: [27],
    given: "A limit of one page, groups of two pages, eviction inside the handler.",
    when: "the second page of a group needs room.",
    answer:
      "No: the pages of the group evict each other for ever, and the group is never answered. Below the size of the group only a refusal ends it.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "may evict pages of its own group",
        request: at("pin-limit", "vtd", { reclaim: "direct", itemPages: 2, evictsOwnGroup: true }),
        expect: { "RSP-8": "violated" },
      },
      {
        label: "evicts pages of other groups only",
        request: at("pin-limit", "vtd", { reclaim: "direct", itemPages: 2 }),
        expect: { "RSP-8": "holds" },
      },
    ],
  },
];
