/** Who keeps what alive: as intended, and as the code of 6.12 for VT-d and AMD has it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a version breaks is told in as small a system as shows it, at any bounds. */
const ONE = { slots: 1, userAnswers: false } as const;

export const lifetimesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("lifetimes", "intended", bounds),
  studyRun("lifetimes", "intended", bounds, { set: { deviceReference: "put" } }),
  studyRun("lifetimes", "linux-6.12.117", bounds, {
    set: { ...ONE, deviceLeaves: false },
    known: because(
      "no lock keeps a report out while iopf_queue_remove_device() runs: its callers have to drain first (D6, D19)",
      "REF-3",
      "REF-5",
      "REF-7",
      "REF-9",
    ),
  }),
  studyRun("lifetimes", "linux-6.12.117", bounds, {
    set: { ...ONE, iopfToggles: false },
    known: because(
      "no lock keeps a report out while the detach removes the fault parameters, before the device is released (D6, D19)",
      "REF-3",
      "REF-5",
      "REF-7",
      "REF-9",
      "REF-17",
    ),
  }),
  studyRun("lifetimes", "linux-6.12.117-amd", bounds, {
    set: { ...ONE, iopfToggles: false },
    known: {
      ...because(
        "a reference keeps struct device alive but not dev->iommu, and no lock keeps a report out (B42)",
        "REF-1",
      ),
      ...because("the last request of a device that is not found gets no response (H18)", "REF-18"),
    },
  }),
];
