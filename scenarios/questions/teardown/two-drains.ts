/** The question about two drains that wait for one completion. */
import type { Scenario } from "../../scenario.ts";
import { end } from "./requests.ts";

export const twoDrainsScenarios: readonly Scenario[] = [
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
