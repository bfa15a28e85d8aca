/** The fault queue of iommufd, as it should be, as 6.12.0 and 6.12.117 have it, and under a VMM that pins on demand. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What 6.12.0 breaks is told in as small a system as shows it, at any bounds. */
const ONE = { slots: 1, itemPages: 1, instances: 1, pollsFd: false } as const;
const NO_MOVES = { faultQueues: 1, instances: 1, deviceDetaches: false } as const;

export const iommufdRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("iommufd", "intended", bounds),
  // Groups of two records, buffers that are too small, not mapped, or have to be paged in; bad responses; sleepers.
  studyRun("iommufd", "intended", bounds, {
    set: { ...NO_MOVES, itemPages: 2, copiesFail: true, bufferFaults: true, pollsFd: true, writeCookies: 2 },
  }),
  // Two groups wait, and copies fail: what is read keeps its order.
  ...(bounds === "small"
    ? []
    : [studyRun("iommufd", "intended", bounds, { set: { ...ONE, ...NO_MOVES, slots: 2, copiesFail: true } })]),
  // Files are closed, queues destroyed; a nesting parent, whose faults belong to nobody.
  studyRun("iommufd", "intended", bounds, {
    set: { faultQueues: 1, instances: 1, parentHwpt: true, fdCloses: true, writeCookies: 0 },
  }),
  studyRun("iommufd", "linux-6.12.0", bounds, {
    set: { ...ONE, faultQueues: 2, writeCookies: 0, readGroups: 0 },
    known: {
      ...because(
        "the replace answers groups of the new queue, and the IOPF core frees the groups that are in the old one (B6, B13)",
        "IFD-3",
      ),
      ...because(
        "a fault keeps the attach handle that the replace frees (B13, B27)",
        "IFD-4",
        "IFD-10",
        "IFD-20",
        "MEM-3",
      ),
      ...because("a group in a fault queue is also on the pending list of the IOPF core (B6, CVE-2026-74520)", "IFD-8"),
    },
  }),
  studyRun("iommufd", "linux-6.12.0", bounds, {
    set: { ...ONE, ...NO_MOVES, itemPages: 2, readGroups: 1, copiesFail: true, writeCookies: 2 },
    known: {
      ...because(
        "iommufd_fault_fops_read() retries for ever if its buffer is not mapped (B15, CVE-2026-64290)",
        "IFD-26",
        "LCK-11",
      ),
      ...because(
        "iommufd_fault_fops_read() counts records of a group that it puts back into the queue (B14)",
        "IFD-14",
      ),
      ...because("a read into a buffer that is too small returns 0, as at the end of a file (B16)", "IFD-16"),
      ...because(
        "iommufd_fault_fops_write() returns an error although it has consumed responses before (B17, B-30)",
        "IFD-18",
      ),
      ...because("a group in a fault queue is also on the pending list of the IOPF core (B6)", "IFD-8"),
    },
  }),
  studyRun("iommufd", "linux-6.12.0", bounds, {
    set: { ...ONE, ...NO_MOVES, slots: 2, readGroups: 1, bufferFaults: true, writeCookies: 1 },
    known: {
      ...because(
        "a read waits for a page, which waits for the thread that reports faults, which waits for the mutex of the read (B12)",
        "LCK-10",
        "LCK-11",
        "IFD-24",
        "IFD-26",
        "IFD-29",
        "GRP-6",
        "DEADLOCK",
      ),
      ...because("a group in a fault queue is also on the pending list of the IOPF core (B6)", "IFD-8"),
    },
  }),
  studyRun("iommufd", "linux-6.12.0", bounds, {
    set: { ...ONE, faultQueues: 1, fdCloses: true, writeCookies: 0, readGroups: 0 },
    known: {
      ...because(
        "iommufd_fault_fops_release() reads a field of the object after it dropped its reference (B22, B-33)",
        "IFD-6",
      ),
      ...because("a group in a fault queue is also on the pending list of the IOPF core (B6)", "IFD-8"),
    },
  }),
  // Of all that, a later release of the series has fixed everything but the order of a replace.
  studyRun("iommufd", "linux-6.12.117", bounds, {
    set: { ...ONE, faultQueues: 2, writeCookies: 0, readGroups: 0 },
    known: because(
      "a fault under the new page table gets the old attach handle, which is stored until the replace has switched and which the replace then frees (B27)",
      "IFD-4",
      "IFD-10",
      "IFD-20",
      "IFD-23",
      "MEM-3",
      "MEM-5",
    ),
  }),
  studyRun("iommufd", "linux-6.12.117", bounds, {
    set: { ...ONE, ...NO_MOVES, itemPages: 2, readGroups: 1, copiesFail: true, writeCookies: 2 },
  }),
  studyRun("iommufd", "linux-6.12.117", bounds, {
    set: { ...ONE, ...NO_MOVES, slots: 2, readGroups: 1, bufferFaults: true, writeCookies: 1 },
  }),
  studyRun("iommufd", "linux-6.12.117", bounds, {
    set: { ...ONE, faultQueues: 1, fdCloses: true, writeCookies: 0, readGroups: 0 },
  }),
  studyRun("iommufd", "linux-7.3.4", bounds, {
    set: { ...ONE, faultQueues: 1, writeCookies: 0, readGroups: 0 },
    known: because(
      "a detach disables page faults first, so that intel_iommu_drain_pasid_prq() drains nothing: the report in progress uses the group and the attach handle that the detach frees (the order of B8)",
      "IFD-3",
      "IFD-4",
      "IFD-20",
      "IFD-23",
      "MEM-1",
      "MEM-2",
      "MEM-3",
      "MEM-5",
    ),
  }),
  // A VMM that gives no page back when it is refused a charge.
  ...(bounds === "small"
    ? []
    : [studyRun("iommufd", "demand-pin", bounds, { set: { slots: 2, limit: 1, reclaim: "none" } })]),
  studyRun("iommufd", "demand-pin", bounds, { set: bounds === "small" ? {} : { slots: 2 } }),
];
