/** Entries of the tables of an IOMMU: as intended, with ATS and with stalls, and in the order of VT-d in 6.12. */
import { because, studyRun, type SuiteRun } from "./run.ts";

export const tableEntriesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("table-entries", "intended", bounds),
  studyRun("table-entries", "intended", bounds, { set: { deviceHasAts: false, stallModel: "forced" } }),
  studyRun("table-entries", "intended", bounds, { set: { deviceHasAts: false, stallModel: "terminate-only" } }),
  studyRun("table-entries", "linux-6.12.117", bounds, {
    known: because("an unmap finds no tag while the entry is present, and flushes nothing", "ENT-10"),
  }),
];
