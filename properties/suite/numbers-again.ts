/** Numbers that are given out again: PASIDs of SVA and of amdgpu, and virtual IDs of iommufd. */
import { because, studyRun, type SuiteRun } from "./run.ts";

export const numbersAgainRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("numbers-again", "intended", bounds),
  studyRun("numbers-again", "intended", bounds, { set: { numberEnd: "undrained", eventCarries: "number-and-life" } }),
  studyRun("numbers-again", "amdgpu-before-fix", bounds, {
    known: because(
      "a PASID is given back while faults with it wait, and comes again at once: they reach its next owner (CVE-2026-31462)",
      "NUM-1",
    ),
  }),
  studyRun("numbers-again", "linux-7.3.4-amdgpu", bounds, {
    known: because(
      "PASIDs are given out in turn, which makes it rare: after all others a PASID comes again, and nothing waits for its faults",
      "NUM-1",
    ),
  }),
  studyRun("numbers-again", "linux-7.3.4-vdevice", bounds, {
    known: because(
      "a device goes on with the virtual ID of its vDEVICE after that is destroyed, and another vDEVICE may have it (J29)",
      "NUM-1",
      "NUM-7",
    ),
  }),
];
