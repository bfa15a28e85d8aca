/** Runs of the focused model of a vEVENTQ. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const NO_MUTEX =
  "iommufd_veventq_fops_read() takes no mutex: an event that could not be copied goes back to the head after another reader took later ones (J52)";

const MARKER_DROPPED =
  "iommufd_veventq_deliver_restore() takes a list that is not empty for the sign of a later event, but an older one may have been put back: the marker is dropped, and nothing tells of the loss until the next event";

export const eventsQueueRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("events-queue", "intended", bounds),
  studyRun("events-queue", "linux-7.3.4", bounds, {
    known: { ...because(NO_MUTEX, "VEQ-2"), ...because(MARKER_DROPPED, "VEQ-4") },
  }),
];
