/** Runs of the focused model `two-consumers`. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const partials =
  "an overflow does not discard the partial faults of VFIO's handler of 2021 (rows 55 and 56 of the RFC thread)";
const inside =
  "VFIO resolves a fault on the thread that empties the page request queue, with the lock that the IOMMU driver holds around the report (D-22)";

export const twoConsumersRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("two-consumers", "intended", bounds),
  studyRun("two-consumers", "intended", bounds, { set: { deviceFaultPath: "device-specific", svaGroupPages: 1 } }),
  studyRun("two-consumers", "linux-6.1.192", bounds, {
    known: {
      // Small bounds have no groups of several requests.
      ...(bounds === "small" ? {} : because(partials, "CON-1", "CON-4")),
      ...because(inside, "CON-8", "CON-11", "CON-13", "LCK-11"),
    },
  }),
];
