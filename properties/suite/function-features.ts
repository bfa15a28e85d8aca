/** ATS, PASID and PRI of a function: four drivers, resets, and a virtual function. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const VIRTUAL = { virtualFunction: true, functionResets: 0 } as const;
const BESIDE = because(
  "an attach enables ATS between a reset and the restore of PASID: they share no lock before 7.3",
  "FEA-1",
);

export const functionFeaturesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("function-features", "intended", bounds),
  studyRun("function-features", "intended", bounds, { set: VIRTUAL }),
  studyRun("function-features", "linux-7.3.4-vtd", bounds),
  studyRun("function-features", "linux-7.3.4-smmuv3", bounds, {
    known: because(
      "pcie_flr() lets the device be attached, with ATS, before pci_restore_state() restores PASID",
      "FEA-1",
    ),
  }),
  studyRun("function-features", "linux-6.12.117-amd", bounds, { known: BESIDE }),
  studyRun("function-features", "linux-6.12.117-amd", bounds, {
    set: VIRTUAL,
    known: because(
      "a detach of the physical function disables PASID and PRI, which its virtual functions share",
      "FEA-3",
      "FEA-5",
    ),
  }),
  studyRun("function-features", "linux-6.1.192-vtd", bounds, {
    set: { atsFails: true },
    known: {
      ...BESIDE,
      ...because("PRI is enabled before ATS, and stays enabled where ATS fails", "FEA-6"),
    },
  }),
];
