/** Runs of the focused model of iommufd's calls beside each other. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const FREED_UNDER_LOCK =
  "iommufd_veventq_abort() drops the user of the vIOMMU before list_del() and up_write(), which touch the vIOMMU: another IOMMU_DESTROY may have freed it";

/** One thread destroys one object, and another makes a vDEVICE. */
const MAKER = { userDestroys: 1, destroysEach: 1, vdeviceAllocs: 1 };
/** The driver reports an event, and a nested HWPT keeps the vIOMMU. */
const REPORT = { userDestroys: 1, destroysEach: 2, driverReports: 2 };

export const objectCallsRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("object-calls", "intended", bounds),
  studyRun("object-calls", "linux-7.3.4", bounds, { known: because(FREED_UNDER_LOCK, "IOC-1") }),
  ...(bounds === "default"
    ? [
        studyRun("object-calls", "linux-7.3.4", bounds, { set: MAKER }),
        studyRun("object-calls", "linux-7.3.4", bounds, { set: REPORT }),
      ]
    : []),
];
