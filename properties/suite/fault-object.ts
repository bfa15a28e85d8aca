/** An object of iommufd, as intended, as 6.12 was released, and with its fixes. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const GIVES_UP = because(
  "IOMMU_DESTROY stops waiting for a call after a time-out, and the object stays in memory (as in B25)",
  "OBJ-9",
  "OBJ-14",
);

export const faultObjectRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("fault-object", "intended", bounds),
  studyRun("fault-object", "linux-6.12.0", bounds, {
    set: { objectCallers: 1, destroyers: 1 },
    known: {
      ...GIVES_UP,
      ...because(
        "a failed iommufd_fault_alloc() drops its references twice, and frees the object before the release of the file reads it (B20, B21)",
        "OBJ-1",
        "OBJ-3",
      ),
      ...because("a record is copied to user space with uninitialized bytes of the stack (B18)", "OBJ-5"),
    },
  }),
  studyRun("fault-object", "linux-6.12.117", bounds, { known: GIVES_UP }),
  studyRun("fault-object", "linux-7.3.4", bounds, { known: GIVES_UP }),
];
