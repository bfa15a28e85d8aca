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
    given: "A device that changes hands, with requests on the wire and in the queue of the IOMMU.",
    when: "the first owner gives it up.",
    answer:
      "No, if the device is blocked first, and then the hardware and the queue are drained, in this order. Without the drain, or with the drain before the block, the reporting thread looks up the next owner's handle.",
    evidence: { kind: "verified", where: "Linux c43e1ccdebf2; IOPF core facts B9, D12" },
    runs: [
      { label: "block, drain", request: end(), expect: { "TRD-4": "holds", "TRD-5": "witnessed", "TRD-6": "holds" } },
      {
        label: "no drain",
        request: end({ teardownOrder: "no-drain" }),
        expect: { "TRD-3": "violated", "TRD-4": "violated", "TRD-6": "violated" },
      },
      { label: "drain, block", request: end({ teardownOrder: "drain-before-block" }), expect: { "TRD-4": "violated" } },
    ],
    chart: { run: 1, property: "TRD-6" },
  },
  {
    id: "queue-before-wire",
    question: "Is it enough to drain the queue in memory, flush the workqueue, and drain the hardware last?",
    askedBy: "IOPF core facts, D16 (VT-d drains hardware last and does not look again at the queue)",
    rows: [],
    given: "A teardown that blocks the device, drains the wire, reads the queue to its end, and flushes.",
    when: "the drain of the wire comes after the flush instead, or the whole order is that of VT-d.",
    answer:
      "No: the drain of the hardware pushes a request into a queue that nobody reads again, and it is reported when the handle may be gone or belong to the next owner. Linux 6.12.117 has this order by RID: device_block_translation() turns ATS off before it tears the entry down, so only the drain of the hardware pushes the request, after the scan of the queue. By PASID in 6.12.117, and in 6.1.192 without caching mode, ATS is on, the invalidation before the drain pushes the request, and the scan finds it. Under caching mode, as in a guest, intel_pasid_tear_down_entry() of 6.1.192 leaves that invalidation out, and the hardware is drained after the scan only. (iommu_sva_bind_device() of both trees refuses SVA on x86, so that the order by PASID is one of other callers of iommu_detach_device_pasid(), and in 6.1.192 of none.) By RID 6.12.117 reports only a request with PASID 0, which is IOMMU_NO_PASID; it refuses requests without PASID.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 device_block_translation(), intel_pasid_tear_down_entry(), intel_iommu_drain_pasid_prq(), prq_event_thread(); 6.1.192 intel_svm_unbind_mm(), intel_pasid_tear_down_entry(); IOPF core facts D16",
    },
    runs: [
      {
        label: "the wire first",
        request: end({ instances: 1 }),
        expect: { "TRD-3": "holds", "TRD-4": "holds", "TRD-6": "holds" },
      },
      {
        label: "the wire last, all else the same",
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
    given: "Work that takes the lock of bind and unbind for its answer.",
    when: "the unbind flushes the workqueue.",
    answer:
      "No: it deadlocks, because a work item may wait for the same lock. The lock has to be dropped around the flush.",
    evidence: { kind: "verified", where: "Linux 6ef0505158f7" },
    runs: [
      {
        label: "dropped",
        request: end({ answerLocks: true }),
        expect: { "LCK-10": "holds", "LCK-11": "holds", "TRD-7": "holds" },
      },
      {
        label: "held",
        request: end({ answerLocks: true, teardownOrder: "flush-under-lock" }),
        expect: { "LCK-10": "violated", "TRD-7": "violated", DEADLOCK: "violated" },
      },
      {
        label: "held, answers without it",
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
    given: "A device that forgets its groups at a reset, and uses their indices again.",
    when: "the kernel answers a group of before.",
    answer:
      "Its response may be taken for the response to a new group of the same index. Software has to drain, flush, and wait for the responses on their way before the device restarts; whether that happens before or after the reset makes no difference to the new groups.",
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
        label: "reset",
        request: end({ deviceResets: 1, owners: 1, resetOrder: "no-drain" }),
        expect: { "TRD-1": "violated" },
      },
      {
        label: "answers not waited for",
        request: end({ deviceResets: 1, owners: 1, resetOrder: "no-response-fence" }),
        expect: { "TRD-1": "violated" },
      },
    ],
    chart: { run: 2, property: "TRD-1" },
  },
  {
    id: "remove-device-with-work",
    question: "May the device leave the IOPF queue before its work has ended?",
    askedBy: "iommu/vt-d: Fix UAF on sva unbind with pending IOPFs, f0b9d31c6edd",
    rows: [],
    given: "Groups whose work is queued or running.",
    when: "the device is removed from the queue.",
    answer:
      "No: removal answers and frees what is pending, and the worker then runs into freed memory. Flushed first, there is nothing left to free.",
    evidence: { kind: "verified", where: "Linux f0b9d31c6edd" },
    runs: [
      { label: "flush, remove", request: end(), expect: { "TRD-3": "holds", "TRD-10": "witnessed" } },
      {
        label: "remove, flush",
        request: end({ teardownOrder: "remove-before-flush" }),
        expect: { "TRD-3": "violated" },
      },
      { label: "never flushed", request: end({ teardownOrder: "no-flush" }), expect: { "TRD-3": "violated" } },
    ],
    chart: { run: 1, property: "TRD-3" },
  },
  {
    id: "exit-before-unbind",
    question: "When the process exits before anybody unbinds, who drains its faults?",
    askedBy: "iommu/vt-d: Draining PRQ in sva unbind path when FPD bit set, cf08ca81d08a",
    rows: [],
    given: "An exit that clears the entry where it must not sleep, and an unbind that finds it cleared.",
    when: "faults of the process are still on their way.",
    answer:
      "The unbind drains them, although the entry is gone; the exit must not wait. Meanwhile faults of the dead process are answered with Invalid, because the work item gets no reference to its mm.",
    evidence: { kind: "verified", where: "Linux cf08ca81d08a; IOPF core facts B10, B11" },
    runs: [
      {
        label: "drained at unbind",
        request: end({ ownerExits: true }),
        expect: { "TRD-3": "holds", "TRD-6": "holds", "TRD-11": "holds", "TRD-13": "holds", "TRD-14": "witnessed" },
      },
      {
        label: "as in 6.12: intel_mm_release(), and an unbind that only drains",
        request: end({ ownerExits: true, instances: 1 }, "linux-6.12.117-pasid"),
        expect: { "TRD-3": "holds", "TRD-6": "holds", "TRD-11": "holds" },
      },
      {
        label: "drained at exit",
        request: end({ ownerExits: true, exitOrder: "drains" }),
        expect: { "TRD-11": "violated" },
      },
      {
        label: "never drained",
        request: end({ ownerExits: true, unbindAfterExit: "returns-early", owners: 1, instances: 1 }),
        expect: { "TRD-6": "violated", "TRD-3": "violated" },
      },
    ],
    chart: { run: 3, property: "TRD-3" },
  },
  {
    id: "teardown-of-silent-user",
    question: "Does a teardown end when the faults are in the hands of user space that never answers?",
    askedBy:
      "IOPF core facts, L1 (every last request is answered in the end, at the latest by teardown) and L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "Faults that user space reads from a fault queue, and does not answer.",
    when: "the device is detached.",
    answer:
      "Yes, and every group is answered: a flush says nothing about these groups, so the teardown answers them itself, after the drain and before their handle is freed.",
    evidence: { kind: "derived", where: "IOPF core facts 3.2, L5" },
    runs: [
      {
        label: "answered",
        request: end({ handledBy: "user" }),
        expect: { "TRD-7": "holds", "TRD-8": "holds", "TRD-3": "holds" },
      },
      {
        label: "flushed only",
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
      "Drains that wait until the thread that reports has run: first while a record of their own is in the queue, then while the queue has overflowed.",
    when: "both wait for the one completion of their IOMMU, as in Linux 6.1 and 6.12.",
    answer:
      "No, with one completion for both: one drain reinitialises it while the other is about to wait for it, or is woken in place of the other. The other teardown then sleeps, with its lock held, until prq_event_thread() runs again. Each drain needs a completion of its own. intel_iommu_drain_pasid_prq() of 6.12 waits for iommu->prq_complete in two loops: prq_retry, while a record with its PASID is in the queue, and qi_retry, while PRO is set. The drain of a whole device passes over records without PASID in the first loop and sleeps in the second; such records stay in the queue, where prq_event_thread() refuses them. Two drains can meet where they run under group->mutex of two groups: device_block_translation(), as when iommufd detaches a device from a page table with a fault queue, and iommu_detach_device_pasid() without an unbind. Two SVA unbinds exclude each other: iommu_sva_unbind_device() holds iommu_sva_lock. In 6.12.117 there is none on x86, because iommu_sva_bind_device() returns -EOPNOTSUPP there. intel_svm_drain_prq() of 6.1.192 has both loops too; all its drains are of unbinds, under pasid_mutex, which they drop for the flush, and 6.1.192 refuses SVA on x86 as well.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 intel_iommu_drain_pasid_prq(), prq_event_thread(), iommu_sva_bind_device(), iommu_sva_unbind_device(), iommu_detach_device_pasid(), device_block_translation(); 6.1.192 intel_svm_drain_prq(), iommu_sva_bind_device()",
    },
    runs: [
      {
        label: "one each",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1 }),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-19": "witnessed", "TRD-20": "holds" },
      },
      {
        label: "one for all",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, drainCompletion: "shared" }),
        expect: { "TRD-7": "violated", "TRD-18": "violated", "TRD-20": "violated", "LCK-11": "violated" },
      },
      {
        label: "one each, and the queue overflows",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1 }),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-20": "holds", "TRD-21": "witnessed", "TRD-22": "holds" },
      },
      {
        label: "6.12, a PASID and another device",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, drainsExclude: false }, "linux-6.12.117-pasid"),
        expect: { "TRD-7": "violated", "TRD-18": "violated", "TRD-20": "violated", "LCK-11": "violated" },
      },
      {
        label: "6.12, two SVA unbinds (where SVA can be bound)",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1 }, "linux-6.12.117-pasid"),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-20": "holds", "TRD-22": "holds" },
      },
      {
        label: "6.1, two SVA unbinds",
        request: end({ drainsAtOnce: 2, owners: 1, instances: 1, queueOverflows: 1 }, "linux-6.1.192"),
        expect: { "TRD-7": "holds", "TRD-18": "holds", "TRD-20": "holds", "TRD-22": "holds" },
      },
      {
        label: "6.12, by RID, without PASID, and the queue overflows",
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
