/** Whom an unmap tells: each driver, with an alias, with PASIDs, and with a device that stops answering and is reset. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const NO_PASID = { attachesPasid: false } as const;
const HANGS = { ...NO_PASID, atcAnswers: false, deviceResets: true } as const;

const MISSES_WHO_JOINS = because(
  "an unmap reads the array before it invalidates the IOTLB, from which a device that joins in between fills its ATC",
  "INV-1",
);
const LATE_AND_EARLY = because(
  "the cache tags of a RID are assigned after its entry and removed before it, and an unmap in between misses its ATC",
  "INV-1",
);

export const invalidationListRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("invalidation-list", "intended", bounds),
  studyRun("invalidation-list", "intended", bounds, { set: { ...NO_PASID, deviceHasAlias: true } }),
  studyRun("invalidation-list", "intended", bounds, { set: { ...NO_PASID, atsVaries: true, skipsAtc: "count-zero" } }),
  studyRun("invalidation-list", "intended", bounds, { set: HANGS }),
  studyRun("invalidation-list", "linux-7.3.4-smmuv3", bounds, {
    known: {
      ...MISSES_WHO_JOINS,
      ...(bounds === "small"
        ? {}
        : because(
            "a detach waits for readers of the array that is published, and not of one that an attach has replaced",
            "INV-5",
          )),
    },
  }),
  studyRun("invalidation-list", "linux-7.3.4-smmuv3", bounds, {
    set: HANGS,
    known: {
      ...because("an unmap goes on after a time-out, and the ATC keeps the page", "INV-1"),
      ...because("pci_dev_reset_iommu_done() is called after a reset that has failed, too", "INV-16"),
    },
  }),
  studyRun("invalidation-list", "linux-7.3.4-vtd", bounds, {
    set: { ...NO_PASID, atsVaries: true },
    known: LATE_AND_EARLY,
  }),
  studyRun("invalidation-list", "linux-7.3.4-amd", bounds, {
    set: NO_PASID,
    known: because(
      "a detach leaves the ATC as it is, and the next attach turns ATS on and writes the entry before it invalidates it",
      "INV-1",
    ),
  }),
  studyRun("invalidation-list", "linux-6.12.117-smmuv3", bounds, {
    set: NO_PASID,
    known: {
      ...because("master->ats_enabled is set after ATS is on, and an unmap in between passes over the device", "INV-1"),
      ...because("commands that were made under the lock are submitted after a detach has returned", "INV-5"),
    },
  }),
  studyRun("invalidation-list", "linux-6.12.117-vtd", bounds, { set: NO_PASID, known: LATE_AND_EARLY }),
];
