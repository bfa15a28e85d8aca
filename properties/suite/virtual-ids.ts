/** Runs of the focused model of virtual IDs. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const COPIED = "the driver copies the virtual ID at an attach, and the vDEVICE may go or be made again without one";
const KEPT = "mock_domain_nop_attach() copies the virtual ID only where the vIOMMU changes";

export const virtualIdsRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("virtual-ids", "intended", bounds),
  studyRun("virtual-ids", "linux-7.3.4-smmuv3", bounds, { known: because(COPIED, "VID-3") }),
  ...(bounds === "default"
    ? [studyRun("virtual-ids", "linux-7.3.4-smmuv3", bounds, { set: { hasQueue: false } })]
    : []),
  studyRun("virtual-ids", "linux-7.3.4-selftest", bounds, {
    known: { ...because(COPIED, "VID-3"), ...(bounds === "small" ? {} : because(KEPT, "VID-5")) },
  }),
];
