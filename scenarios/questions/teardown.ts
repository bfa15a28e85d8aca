/** Questions about the end of page faults: detach, reset and exit with faults in flight. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const end = (set: Set = {}, host = "intended") => study("teardown", host, set);

export const teardownScenarios: readonly Scenario[] = [
  {
    id: "late-fault-next-owner",
    question: "Can a fault of one owner of a device be handled for the next owner?",
    askedBy: "iommu/vt-d: Drain PRQs when domain removed from RID, c43e1ccdebf2",
    rows: [],
    given: "A device that gets a new owner, with page requests on the wire and in the queue of the IOMMU.",
    when: "the first owner is detached.",
    answer:
      "Not if the device is blocked first, and the hardware and the queue are drained after that. Without the drain, or with the drain before the block, the reporting thread looks up the attach handle of the next owner.",
    evidence: {
      kind: "verified",
      where:
        "Linux c43e1ccdebf2; IOPF core facts B9 (a domain left its device without a drain), D12 (AMD drains before it blocks, so requests come in between)",
    },
    runs: [
      {
        label: "block, then drain",
        request: end(),
        expect: { "TRD-4": "holds", "TRD-5": "witnessed", "TRD-6": "holds" },
      },
      {
        label: "no drain",
        request: end({ teardownOrder: "no-drain" }),
        expect: { "TRD-3": "violated", "TRD-4": "violated", "TRD-6": "violated" },
      },
      {
        label: "drain, then block",
        request: end({ teardownOrder: "drain-before-block" }),
        expect: { "TRD-4": "violated" },
      },
    ],
    chart: { run: 1, property: "TRD-6" },
  },
  {
    id: "queue-before-wire",
    question: "Is it enough to drain the queue in memory, flush the workqueue, and drain the hardware last?",
    askedBy: "IOPF core facts, D16 (VT-d drains hardware last and does not look again at the queue)",
    rows: [],
    given:
      "A teardown that blocks the device, drains the hardware, reads the queue to its end, and flushes the workqueue.",
    when: "the hardware is drained after the flush, or the whole order is that of VT-d.",
    answer:
      "No. The drain of the hardware pushes a request into a queue that is not read again, and the request is reported when the handle may be freed or belong to the next owner. Linux 6.12 has this order by RID: device_block_translation() disables ATS before it tears down the entry, so only the drain of the hardware pushes the request, after the scan of the queue. By PASID in 6.12, and in 6.1 without caching mode, ATS is enabled: the invalidation before the drain pushes the request, and the scan finds it. Under caching mode, as in a guest, intel_pasid_tear_down_entry() of 6.1 omits that invalidation, and the hardware is drained only after the scan. iommu_sva_bind_device() of both trees refuses SVA on x86, so the order by PASID is that of other callers of iommu_detach_device_pasid(), and in 6.1.192 of none. By RID 6.12 reports only requests with PASID 0, which is IOMMU_NO_PASID; it refuses requests without PASID.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 device_block_translation(), intel_pasid_tear_down_entry(), intel_iommu_drain_pasid_prq(), prq_event_thread(); 6.1.192 intel_svm_unbind_mm(), intel_pasid_tear_down_entry(); IOPF core facts D16 (VT-d drains hardware last and does not look again at the queue)",
    },
    runs: [
      {
        label: "the hardware first",
        request: end({ instances: 1 }),
        expect: { "TRD-3": "holds", "TRD-4": "holds", "TRD-6": "holds" },
      },
      {
        label: "the hardware last, all else the same",
        request: end({ instances: 1, teardownOrder: "wire-after-flush" }),
        expect: { "TRD-3": "violated", "TRD-4": "violated", "TRD-6": "violated" },
      },
      {
        label: "the order of 6.12, by RID",
        request: end({ instances: 1, teardownOrder: "ring-before-wire" }),
        expect: { "TRD-3": "violated", "TRD-4": "violated", "TRD-6": "violated" },
      },
      {
        label: "the order of 6.12, by PASID",
        request: end({ instances: 1, teardownOrder: "linux-6.12.117-pasid" }),
        expect: { "TRD-3": "holds", "TRD-4": "holds", "TRD-6": "holds" },
      },
      {
        label: "the order of 6.1, without caching mode",
        request: end({ instances: 1, teardownOrder: "linux-6.1.192" }),
        expect: { "TRD-3": "holds", "TRD-4": "holds", "TRD-6": "holds" },
      },
      {
        label: "the order of 6.1, under caching mode",
        request: end({ instances: 1, teardownOrder: "linux-6.1.192-caching-mode" }),
        expect: { "TRD-3": "violated", "TRD-4": "violated", "TRD-6": "violated" },
      },
    ],
    chart: { run: 1, property: "TRD-6" },
  },
  {
    id: "drain-under-own-lock",
    question: "May an unbind hold its lock while it waits for the workqueue?",
    askedBy: "iommu/vt-d: Fix a deadlock in intel_svm_drain_prq(), 6ef0505158f7",
    rows: [],
    given: "Work items that take the lock of bind and unbind to send their response.",
    when: "the unbind flushes the workqueue.",
    answer:
      "No. It deadlocks, because a work item may wait for the same lock. The unbind must drop the lock around the flush.",
    evidence: { kind: "verified", where: "Linux 6ef0505158f7" },
    runs: [
      {
        label: "the lock is dropped for the flush",
        request: end({ answerLocks: true }),
        expect: { "LCK-10": "holds", "LCK-11": "holds", "TRD-7": "holds" },
      },
      {
        label: "the lock is held",
        request: end({ answerLocks: true, teardownOrder: "flush-under-lock" }),
        expect: { "LCK-10": "violated", "TRD-7": "violated", DEADLOCK: "violated" },
      },
      {
        label: "the lock is held, and responses do not take it",
        request: end({ teardownOrder: "flush-under-lock" }),
        expect: { "LCK-10": "holds", "TRD-7": "holds" },
      },
    ],
    chart: { run: 1, property: "TRD-7" },
  },
  {
    id: "reset-with-faults",
    question: "What happens to a fault that was reported before its device was reset?",
    askedBy:
      "hardware facts, H10 (an answer of before a reset reaches a group of after it with the same index) and S29 (after a function reset nothing of before is matched to anything after)",
    rows: [],
    given: "A device that forgets its groups at a reset, and then reuses their indices.",
    when: "the kernel answers a group from before the reset.",
    answer:
      "The device can take the response for that of a new group with the same index. Software must drain, flush, and wait for responses on their way before the device restarts. Whether it does so before or after the reset makes no difference to the new groups.",
    evidence: { kind: "derived", where: "VT-d specification 7.9, as hardware facts 1.4 tell it" },
    runs: [
      {
        label: "reset, drain, restart",
        request: end({ deviceResets: 1 }),
        expect: { "TRD-1": "holds", "TRD-15": "witnessed" },
      },
      {
        label: "drain, reset, restart",
        request: end({ deviceResets: 1, resetOrder: "drain-then-reset" }),
        expect: { "TRD-1": "holds", "TRD-17": "holds" },
      },
      {
        label: "reset only",
        request: end({ deviceResets: 1, owners: 1, resetOrder: "no-drain" }),
        expect: { "TRD-1": "violated" },
      },
      {
        label: "reset and drain, without waiting for responses",
        request: end({ deviceResets: 1, owners: 1, resetOrder: "no-response-fence" }),
        expect: { "TRD-1": "violated" },
      },
    ],
    chart: { run: 2, property: "TRD-1" },
  },
  {
    id: "remove-device-with-work",
    question: "May the device be removed from the IOPF queue before its work has ended?",
    askedBy: "iommu/vt-d: Fix UAF on sva unbind with pending IOPFs, f0b9d31c6edd",
    rows: [],
    given: "Groups whose work is queued or running.",
    when: "iopf_queue_remove_device() is called.",
    answer:
      "No. The removal answers and frees pending groups, and the worker then uses freed memory. After a flush there is no such group left.",
    evidence: { kind: "verified", where: "Linux f0b9d31c6edd" },
    runs: [
      { label: "flush, then remove", request: end(), expect: { "TRD-3": "holds", "TRD-10": "witnessed" } },
      {
        label: "remove, then flush",
        request: end({ teardownOrder: "remove-before-flush" }),
        expect: { "TRD-3": "violated" },
      },
      { label: "no flush", request: end({ teardownOrder: "no-flush" }), expect: { "TRD-3": "violated" } },
    ],
    chart: { run: 1, property: "TRD-3" },
  },
  {
    id: "exit-before-unbind",
    question: "Who drains the page requests of a process that exits before the unbind?",
    askedBy: "iommu/vt-d: Draining PRQ in sva unbind path when FPD bit set, cf08ca81d08a",
    rows: [],
    given: "An exit clears the PASID entry where it must not sleep, and the unbind finds the entry cleared.",
    when: "page requests of the process are still on their way.",
    answer:
      "The unbind drains them, although the entry is cleared; the exit must not sleep. Until then page requests of the dead process are answered with Invalid, because the work item gets no reference to the mm. On x86 6.12.117 refuses the bind (iommu_sva_bind_device() returns -EOPNOTSUPP), so the run with its order shows the code of intel_mm_release(), not a case that users meet.",
    evidence: {
      kind: "verified",
      where:
        "Linux cf08ca81d08a; IOPF core facts B10 (that drain then slept where nothing may), B11 (an entry already torn down was taken as drained)",
    },
    runs: [
      {
        label: "the unbind drains",
        request: end({ ownerExits: true }),
        expect: { "TRD-3": "holds", "TRD-6": "holds", "TRD-11": "holds", "TRD-13": "holds", "TRD-14": "witnessed" },
      },
      {
        label: "the order of 6.12: intel_mm_release(), and an unbind that only drains",
        request: end({ ownerExits: true, instances: 1 }, "linux-6.12.117-pasid"),
        expect: { "TRD-3": "holds", "TRD-6": "holds", "TRD-11": "holds" },
      },
      {
        label: "the exit drains",
        request: end({ ownerExits: true, exitOrder: "drains" }),
        expect: { "TRD-11": "violated" },
      },
      {
        label: "nothing drains",
        request: end({ ownerExits: true, unbindAfterExit: "returns-early", owners: 1, instances: 1 }),
        expect: { "TRD-6": "violated", "TRD-3": "violated" },
      },
    ],
    chart: { run: 3, property: "TRD-3" },
  },
  {
    id: "teardown-of-silent-user",
    question: "Does a teardown end if user space has read the faults and never answers?",
    askedBy:
      "IOPF core facts, L1 (every last request is answered in the end, at the latest by teardown) and L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "Faults that user space reads from a fault queue and does not answer.",
    when: "the device is detached.",
    answer:
      "Yes, and every group gets a response. A flush does not reach these groups, so the teardown answers them itself, after the drain and before the attach handle is freed.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts 3.2, L5 (detach, replace and destroy end although user space never answers)",
    },
    runs: [
      {
        label: "the teardown answers",
        request: end({ handledBy: "user" }),
        expect: { "TRD-7": "holds", "TRD-8": "holds", "TRD-3": "holds" },
      },
      {
        label: "the teardown only flushes",
        request: end({ handledBy: "user", teardownOrder: "no-answer" }),
        expect: { "TRD-7": "holds", "TRD-8": "violated", "TRD-3": "violated" },
      },
    ],
  },
  {
    id: "two-drains-at-once",
    question: "Can two devices behind one IOMMU be drained at the same time?",
    askedBy: "IOPF core facts, D1 (two drains of one IOMMU share one completion, and one misses it)",
    rows: [],
    given:
      "Each drain waits until prq_event_thread() has run: first while a record of its own is in the queue, then while the queue has overflowed.",
    when: "both wait for iommu->prq_complete, the one completion of their IOMMU, as in Linux 6.1 and 6.12.",
    answer:
      "Not with one completion for both. One drain can reinitialise it while the other is about to wait, or can be woken in place of the other. The other teardown then sleeps, with its lock held, until prq_event_thread() runs again. A completion for each drain ends this in the model. intel_iommu_drain_pasid_prq() of 6.12 waits in two loops: prq_retry, while a record with its PASID is in the queue, and qi_retry, while PRO is set. The drain of a RID passes over records without PASID in the first loop and can sleep in the second. Two SVA unbinds exclude each other, because iommu_sva_unbind_device() holds iommu_sva_lock; 6.12.117 refuses SVA on x86 anyway (iommu_sva_bind_device()). The callers that remain in 6.12.117 are device_block_translation() for a RID and iommu_detach_device_pasid() for a PASID. Each holds the mutex of its own group only, so two devices in two groups behind one IOMMU can be drained at the same time. intel_svm_drain_prq() of 6.1 has both loops too; all its callers are unbinds under pasid_mutex, which they drop for the flush, and 6.1.192 refuses SVA on x86 as well.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 intel_iommu_drain_pasid_prq(), prq_event_thread(), iommu_sva_bind_device(), iommu_sva_unbind_device(), iommu_detach_device_pasid(), device_block_translation(); 6.1.192 intel_svm_drain_prq(), iommu_sva_bind_device()",
    },
    runs: [
      {
        label: "a completion for each drain",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1 }),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-19": "witnessed", "TRD-20": "holds" },
      },
      {
        label: "one completion for all",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, drainCompletion: "shared" }),
        expect: { "TRD-7": "violated", "TRD-18": "violated", "TRD-20": "violated", "LCK-11": "violated" },
      },
      {
        label: "a completion for each drain, and the queue overflows",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1 }),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-20": "holds", "TRD-21": "witnessed", "TRD-22": "holds" },
      },
      {
        label: "6.12, two PASIDs by iommu_detach_device_pasid()",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, drainsExclude: false }, "linux-6.12.117-pasid"),
        expect: { "TRD-7": "violated", "TRD-18": "violated", "TRD-20": "violated", "LCK-11": "violated" },
      },
      {
        label: "6.12, two SVA unbinds under iommu_sva_lock (where SVA can be bound)",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1 }, "linux-6.12.117-pasid"),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-20": "holds", "TRD-22": "holds" },
      },
      {
        label: "6.1, two SVA unbinds under pasid_mutex",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1 }, "linux-6.1.192"),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-20": "holds", "TRD-22": "holds" },
      },
      {
        label: "6.12, two RIDs, requests without PASID, and the queue overflows",
        request: end(
          { drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1, requestsCarry: "no-pasid" },
          "linux-6.12.117",
        ),
        expect: {
          "TRD-7": "violated",
          "TRD-18": "violated",
          "TRD-20": "violated",
          "TRD-21": "witnessed",
          "TRD-22": "violated",
        },
      },
    ],
    chart: { run: 6, property: "TRD-22" },
  },
];
