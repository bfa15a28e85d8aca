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
      "no lock excludes a report while page faults are turned off: callers have to drain (D6, D19)",
      "REF-3",
      "REF-5",
      "REF-7",
      "REF-9",
    ),
  }),
  studyRun("lifetimes", "linux-6.12.117", bounds, {
    set: { ...ONE, iopfToggles: false },
    known: because(
      "nothing keeps a report out while the detach before the release removes the parameters (D6, D19)",
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
        "a reference keeps the device, and not what the IOMMU layer knows of it; nothing keeps a report out (B42)",
        "REF-1",
      ),
      ...because("the last request of a device that is not found gets no response (H18)", "REF-18"),
    },
  }),
];
