/** A drain by a mark beside a reset: as intended, and as amdgpu does it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const EMPTY_TOO_EARLY = because(
  "amdgpu_irq_dispatch() advances the read pointer before it handles the entry, so that the ring is empty meanwhile",
  "DRN-1",
);
const GIVES_UP = because("a drain gives up after a second, or passes over a device in reset", "DRN-6");

export const ringDrainRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("ring-drain", "intended", bounds),
  studyRun("ring-drain", "linux-6.12.117-amdgpu", bounds, { known: { ...EMPTY_TOO_EARLY, ...GIVES_UP } }),
  studyRun("ring-drain", "linux-6.1.192-amdgpu", bounds, {
    known: {
      ...EMPTY_TOO_EARLY,
      ...GIVES_UP,
      ...because("a drain takes no lock that keeps a reset away", "DRN-5"),
    },
  }),
];
