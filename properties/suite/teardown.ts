/** How page faults end: as intended, and in the orders of 6.12 and 6.1. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a version breaks is told in as small a system as shows it, at any bounds. */
const DETACH_ONLY = { slots: 1, deviceResets: 0, ownerExits: false } as const;

/** Two drains of the queue at a time. */
const DRAINS = { ...DETACH_ONLY, owners: 1, instances: 1, drainsAtOnce: 2 } as const;

const NOT_READ_AGAIN =
  "the drain of the hardware pushes requests into the queue, and intel_iommu_drain_pasid_prq() does not read the queue again (D16)";
const AFTER_THE_DRAIN = ["TRD-3", "TRD-4", "TRD-6", "MEM-1", "MEM-2", "MEM-3", "MEM-5"] as const;

export const teardownRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("teardown", "intended", bounds),
  studyRun("teardown", "intended", bounds, { set: { handledBy: "user" } }),
  studyRun("teardown", "intended", bounds, {
    set: { resetOrder: "drain-then-reset", deviceResets: 1, ownerExits: true },
  }),
  studyRun("teardown", "intended", bounds, {
    set: { resetOrder: "drain-then-reset", deviceResets: 1, ownerExits: false, handledBy: "user" },
  }),
  studyRun("teardown", "intended", bounds, { set: { ...DRAINS, queueOverflows: 1 } }),
  studyRun("teardown", "linux-6.12.117-pasid", bounds, {
    set: { ...DRAINS, drainsExclude: false },
    known: because(
      "two drains wait for iommu->prq_complete, the one completion of their IOMMU, and one of them misses it (D1)",
      "LCK-11",
      "TRD-7",
      "TRD-18",
      "TRD-20",
    ),
  }),
  studyRun("teardown", "linux-6.12.117-pasid", bounds, { set: { ...DRAINS, queueOverflows: 1 } }),
  studyRun("teardown", "linux-7.3.4", bounds, {
    set: { ...DETACH_ONLY, owners: 1, instances: 1 },
    known: because(
      "the device leaves the IOPF queue first, so that intel_iommu_drain_pasid_prq() drains nothing: a report in progress uses what the detach frees (the order of B8)",
      "TRD-3",
      "TRD-6",
      "TRD-8",
      "MEM-1",
      "MEM-2",
      "MEM-3",
      "MEM-5",
    ),
  }),
  studyRun("teardown", "linux-7.3.4-pasid", bounds, {
    set: { ...DETACH_ONLY, owners: 1, instances: 1, queueOverflows: 1 },
    known: because(
      "groups that user space holds are answered after the drain and after the device has left the IOPF queue",
      "TRD-6",
      "MEM-5",
    ),
  }),
  studyRun("teardown", "linux-6.1.192", bounds, { set: { ...DRAINS, queueOverflows: 1 } }),
  studyRun("teardown", "linux-6.12.117", bounds, {
    set: { ...DRAINS, requestsCarry: "no-pasid", queueOverflows: 1 },
    known: {
      ...because(
        "while PRO is set, a drain sleeps on iommu->prq_complete, which another drain of its IOMMU reinitialises (D1)",
        "TRD-7",
        "TRD-18",
        "TRD-20",
        "TRD-22",
      ),
      ...because("the drain passes over records without PASID, and leaves them in the queue", "TRD-6"),
    },
  }),
  studyRun("teardown", "linux-6.12.117-pasid", bounds, {
    set: { ...DETACH_ONLY, instances: 1, ownerExits: true, queueOverflows: 1 },
  }),
  studyRun("teardown", "linux-6.12.117", bounds, {
    set: { ...DETACH_ONLY, instances: 1 },
    known: because(NOT_READ_AGAIN, ...AFTER_THE_DRAIN),
  }),
  studyRun("teardown", "linux-6.12.117", bounds, {
    set: { ...DETACH_ONLY, instances: 1, handledBy: "user", userAnswers: false },
    known: {
      ...because(NOT_READ_AGAIN, ...AFTER_THE_DRAIN),
      ...because("a group that enters the fault queue after the drain finds nobody who responds to it (D16)", "TRD-8"),
    },
  }),
  studyRun("teardown", "linux-6.1.192", bounds, {
    set: { ...DETACH_ONLY, instances: 1, ownerExits: true, queueOverflows: 1 },
  }),
  studyRun("teardown", "linux-6.1.192", bounds, {
    set: { ...DETACH_ONLY, instances: 1, teardownOrder: "linux-6.1.192-caching-mode" },
    known: because(
      "in caching mode the device TLB is invalidated only after the last read of the queue, and pushes requests into it (D16)",
      ...AFTER_THE_DRAIN,
    ),
  }),
  studyRun("teardown", "linux-6.1.192", bounds, {
    set: { ...DETACH_ONLY, deviceResets: 1, owners: 1, instances: 2 },
    known: because(
      "Linux 6.1 drains nothing when a device is reset, so a response from before the reset meets a group from after it (H10)",
      "TRD-1",
    ),
  }),
];
