/** A handler that does not return: as intended, and as the kernels and the RFC have it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const ALL_WORKS_HANG = because("works that hang may be as many as run at once in the one queue of an IOMMU", "HNG-1");
const WAITS_FOR_ALL = because("flush_workqueue() waits for the work of all devices of the IOMMU", "HNG-3");
const NOBODY_ENDS_IT = because("nobody interrupts a handler for a detach", "HNG-5");

export const hungHandlerRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("hung-handler", "intended", bounds),
  studyRun("hung-handler", "linux-6.1.192", bounds, {
    known: {
      ...ALL_WORKS_HANG,
      ...WAITS_FOR_ALL,
      ...NOBODY_ENDS_IT,
      ...because("iopf_queue_flush_dev() waits for work with param->lock held", "LCK-11"),
    },
  }),
  studyRun("hung-handler", "linux-6.12.117", bounds, {
    known: {
      ...ALL_WORKS_HANG,
      ...WAITS_FOR_ALL,
      ...NOBODY_ENDS_IT,
      ...because("iommu_sva_unbind_device() waits for work with iommu_sva_lock held", "HNG-7", "LCK-11"),
    },
  }),
  studyRun("hung-handler", "linux-6.12.117-iommufd", bounds),
  studyRun("hung-handler", "rfc-v1", bounds, {
    known: because("the thread that reports is inside the handler", "HNG-1", "HNG-3", "HNG-5", "LCK-11"),
  }),
];
