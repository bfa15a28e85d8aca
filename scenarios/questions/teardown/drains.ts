/** Questions about the order of block, drain and flush, and about the lock that is held. */
import type { Scenario } from "../../scenario.ts";
import { end } from "./requests.ts";

export const drainScenarios: readonly Scenario[] = [
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
];
