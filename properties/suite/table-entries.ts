/** Entries of the tables of an IOMMU: as intended, with ATS and with stalls, and in the order of VT-d in 6.12. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const tagsGoFirst = because(
  "an unmap finds no cache tag while the entry is present, and so invalidates nothing",
  "ENT-10",
);
const drainWithoutAts = because(
  "the drain invalidates the device's cache after ATS is disabled, and submits the invalidation again at each time-out",
  "ENT-16",
  "ENT-18",
  "ENT-19",
);

export const tableEntriesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("table-entries", "intended", bounds),
  studyRun("table-entries", "intended", bounds, { set: { deviceHasAts: false, stallModel: "forced" } }),
  studyRun("table-entries", "intended", bounds, { set: { deviceHasAts: false, stallModel: "terminate-only" } }),
  studyRun("table-entries", "intended", bounds, { set: { deviceHasPri: true } }),
  studyRun("table-entries", "linux-6.12.117", bounds, { known: tagsGoFirst }),
  studyRun("table-entries", "linux-6.12.117", bounds, {
    set: { deviceHasPri: true, entryTables: 2 },
    known: { ...tagsGoFirst, ...drainWithoutAts },
  }),
  studyRun("table-entries", "linux-6.12.117-pasid", bounds, { set: { deviceHasPri: true }, known: tagsGoFirst }),
  studyRun("table-entries", "linux-6.12.117-nested", bounds, { known: tagsGoFirst }),
  studyRun("table-entries", "linux-6.12.117-nested", bounds, {
    set: { deviceHasPri: true, entryTables: 2 },
    known: { ...tagsGoFirst, ...drainWithoutAts },
  }),
];
