/** Questions about listeners to the memory of a process: who is told of what, and how one goes. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const listen = (set: Set = {}, host = "intended") => study("notifiers", host, set);
const REFUSES = { listeners: "both", threads: 1, memory: "reaping", refuses: true } as const;
const GPU = { listeners: "tree", threads: 1 } as const;

export const notifiersScenarios: readonly Scenario[] = [
  {
    id: "remove-reads-sequence-unlocked",
    question: "May mmu_interval_notifier_remove() read the sequence count for which it waits without the spinlock?",
    askedBy: "319561669a59",
    rows: [],
    given: "An invalidation is under way, so that the removal from the interval tree is deferred to its end.",
    when: "mn_itree_inv_end() has made the sequence count even, and has not yet taken the listener off the tree.",
    answer:
      "No. The wait ends at once, the driver frees its listener, and mn_itree_inv_end() then writes to it. Under the spinlock the new count is seen when the deferred list is done.",
    evidence: {
      kind: "verified",
      where: "mm/mmu_notifier.c of 6.1.192, 6.12.117 and 7.3.4: mmu_interval_seq_released()",
    },
    runs: [
      {
        label: "under the spinlock",
        request: listen(),
        expect: { "LSN-3": "holds", "LSN-4": "witnessed", "LSN-11": "witnessed" },
      },
      { label: "without it", request: listen({ removalReads: "lockless" }), expect: { "LSN-3": "violated" } },
    ],
    chart: { run: 1, property: "LSN-3" },
  },
  {
    id: "handle-revoked-in-callback",
    question: "What does a driver need so that no callback updates a handle that it has revoked?",
    askedBy: "CVE-2025-21732",
    rows: [],
    given: "All drivers of a host update the translations of one device through one queue. A GPU and ODP listen.",
    when: "the driver of ODP revokes its handle while a thread of the process discards pages.",
    answer:
      "Its lock around the revocation, and a look at the handle in the callback, with both the look and the update under the lock. If one of them is missing, the queue gets an update for a handle that is gone and fails. Then the updates of all others have no effect, and the GPU goes on using pages that were freed.",
    evidence: { kind: "verified", where: "the fix abb604a1a9c8 (RDMA/mlx5) as posted for 6.12.14" },
    runs: [
      {
        label: "lock and look",
        request: listen({ ...GPU }),
        expect: { "LSN-1": "holds", "LSN-7": "holds", "LSN-4": "witnessed" },
      },
      {
        label: "revoked without the lock",
        request: listen({ ...GPU, closeOrder: "revoke-unlocked" }),
        expect: { "LSN-1": "violated", "LSN-7": "violated" },
      },
      {
        label: "no look",
        request: listen({ ...GPU, callbackOrder: "without-look" }),
        expect: { "LSN-7": "violated" },
      },
      {
        label: "the update after the lock is dropped",
        request: listen({ ...GPU, callbackOrder: "unmap-unlocked" }),
        expect: { "LSN-7": "violated" },
      },
    ],
    chart: { run: 1, property: "LSN-1" },
  },
  {
    id: "refusal-beside-interval-notifiers",
    question: "May a notifier of VFIO in mm's list refuse an invalidation that must not sleep?",
    askedBy: "reading Linux",
    rows: [16],
    given:
      "VFIO listens by mmu_notifier_register(), ODP by an interval notifier. __mmu_notifier_invalidate_range_start() calls the interval tree first.",
    when: "the OOM reaper comes, and VFIO returns -EAGAIN because it would have to wait for iommu->lock.",
    answer:
      "Not in Linux 6.1.192 to 7.3.4. mn_hlist_invalidate_range_start() tells the ends of the list, also to the listener that refused; nothing ends the invalidation that the tree has counted. The sequence count stays odd: faults of ODP and its removal wait for ever. An interval notifier may refuse, because mn_itree_invalidate() then calls mn_itree_inv_end(). No driver that was read refuses in the list.",
    evidence: {
      kind: "verified",
      where:
        "mm/mmu_notifier.c of 6.1.192, 6.12.117 and 7.3.4: __mmu_notifier_invalidate_range_start(); mm/oom_kill.c: __oom_reap_task_mm()",
    },
    runs: [
      {
        label: "the tree is ended too",
        request: listen(REFUSES),
        expect: { "LSN-5": "holds", "LSN-6": "witnessed", "LSN-8": "holds", "LSN-10": "holds" },
      },
      {
        label: "Linux",
        request: listen(REFUSES, "linux-6.12.117"),
        expect: { "LSN-5": "violated", "LSN-8": "violated", "LSN-10": "violated" },
      },
      {
        label: "Linux, and the one that refuses is an interval notifier",
        request: listen({ ...REFUSES, listeners: "tree" }, "linux-6.12.117"),
        expect: { "LSN-5": "holds", "LSN-6": "witnessed", "LSN-8": "holds" },
      },
    ],
    chart: { run: 1, property: "LSN-10" },
  },
  {
    id: "collapse-without-notifiers",
    question: "Must khugepaged call MMU notifiers where it collapses pages that nobody unmaps?",
    askedBy: "CVE-2022-48991",
    rows: [],
    given: "A device translates a page that a listener has got without a pin.",
    when: "khugepaged takes the page table away and frees the pages.",
    answer:
      "Yes, for all pages that it takes. If it tells nobody, or only those that listen to a part, the device goes on using a page that was freed.",
    evidence: { kind: "verified", where: "mm/khugepaged.c of 6.1.192: collapse_and_free_pmd()" },
    runs: [
      {
        label: "all are told",
        request: listen({ memory: "collapses", pages: 2 }),
        expect: { "LSN-1": "holds", "LSN-2": "witnessed" },
      },
      {
        label: "nobody is",
        request: listen({ memory: "collapses", pages: 2, collapseTells: "nobody" }),
        expect: { "LSN-1": "violated" },
      },
      {
        label: "of the first page alone",
        request: listen({ memory: "collapses", pages: 2, collapseTells: "first-page" }),
        expect: { "LSN-1": "violated" },
      },
    ],
    chart: { run: 1, property: "LSN-1" },
  },
  {
    id: "listener-leaves-in-order",
    question: "In which order does a driver stop its device, stop listening, and free its listener?",
    askedBy: "the rules of MMU notifiers",
    rows: [16],
    given: "A device translates pages that its driver has got without pins. A callback takes the lock of the driver.",
    when: "the driver is closed while a thread discards pages.",
    answer:
      "The device first, under the lock; then, without the lock, the removal and its wait; the free at last. If the removal comes first, nobody tells of pages that the device still translates. If the wait is missing, a callback uses what was freed. If the lock is held over the wait, callback and driver wait for each other.",
    evidence: { kind: "verified", where: "mm/mmu_notifier.c of 6.12.117: mmu_interval_notifier_remove()" },
    runs: [
      {
        label: "device, removal, wait, free",
        request: listen({ threads: 1 }),
        expect: { "LSN-1": "holds", "LSN-3": "holds", "LSN-8": "holds", "LSN-10": "holds" },
      },
      { label: "removal first", request: listen({ closeOrder: "remove-first" }), expect: { "LSN-1": "violated" } },
      { label: "no wait", request: listen({ closeOrder: "free-early" }), expect: { "LSN-3": "violated" } },
      {
        label: "the wait under the lock",
        request: listen({ closeOrder: "remove-under-lock" }),
        expect: { "LSN-8": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 3, property: "DEADLOCK" },
  },
];
