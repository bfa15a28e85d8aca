/** How page faults end: as intended, and in the orders of 6.12 and 6.1. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a version breaks is told in as small a system as shows it, at any bounds. */
const DETACH_ONLY = { slots: 1, deviceResets: 0, ownerExits: false } as const;

/** Two drains of the queue at a time. */
const DRAINS = { ...DETACH_ONLY, owners: 1, instances: 1, drainsAtOnce: 2 } as const;

export const teardownRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("teardown", "intended", bounds),
  studyRun("teardown", "intended", bounds, { set: { handledBy: "user" } }),
  studyRun("teardown", "intended", bounds, {
    set: { resetOrder: "drain-then-reset", deviceResets: 1, ownerExits: true },
  }),
  studyRun("teardown", "intended", bounds, { set: { ...DRAINS, queueOverflows: 1 } }),
  studyRun("teardown", "linux-6.12.117-pasid", bounds, {
    set: { ...DRAINS, drainsExclude: false },
    known: because(
      "the drain of a PASID and that of another device share the completion of their IOMMU (D1)",
      "LCK-11",
      "TRD-7",
      "TRD-18",
      "TRD-20",
    ),
  }),
  studyRun("teardown", "linux-6.12.117-pasid", bounds, { set: { ...DRAINS, queueOverflows: 1 } }),
  studyRun("teardown", "linux-6.1.192", bounds, { set: { ...DRAINS, queueOverflows: 1 } }),
  studyRun("teardown", "linux-6.12.117", bounds, {
    set: { ...DRAINS, requestsCarry: "no-pasid", queueOverflows: 1 },
    known: {
      ...because(
        "the drain of a device sleeps while PRO is set, on the completion of all drains of its IOMMU (D1)",
        "TRD-7",
        "TRD-18",
        "TRD-20",
        "TRD-22",
      ),
      ...because("the drain passes over records without PASID, and leaves them in the queue", "TRD-6"),
    },
  }),
  studyRun("teardown", "linux-6.12.117-pasid", bounds, { set: { ...DETACH_ONLY, instances: 1, ownerExits: true } }),
  studyRun("teardown", "linux-6.12.117", bounds, {
    set: { ...DETACH_ONLY, instances: 1 },
    known: because(
      "the queue in memory is not read again after the wire was drained (D16)",
      "TRD-3",
      "TRD-4",
      "TRD-6",
      "MEM-1",
      "MEM-2",
      "MEM-5",
    ),
  }),
  studyRun("teardown", "linux-6.1.192", bounds, { set: { ...DETACH_ONLY, ownerExits: true } }),
  studyRun("teardown", "linux-6.1.192", bounds, {
    set: { ...DETACH_ONLY, deviceResets: 1, owners: 1, instances: 2 },
    known: because("nothing is drained when a device is reset (H10)", "TRD-1"),
  }),
];
