/** Ranges of addresses: one run for each actor beside DMA_MAP and DMA_UNMAP, and what releases make of it. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a release breaks is told with one mapping, at any bounds. */
const FAULTS = { rangeFaults: true, mappingsMost: 1 } as const;

const TOP = because(
  "the end of a mapping at the top of the address space wraps to 0, so that no look-up finds it: UNMAP returns 0 bytes, and faults are refused (B-19)",
  "RNG-7",
  "RNG-8",
  "RNG-13",
  "RNG-31",
);

export const addressRangesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("address-ranges", "intended", bounds, { set: { rangeFaults: true } }),
  studyRun("address-ranges", "intended", bounds, { set: { cacheDriver: true } }),
  studyRun("address-ranges", "intended", bounds, { set: { attachProbe: true, reservedWindow: "bottom" } }),
  studyRun("address-ranges", "iommufd", bounds, {
    set: { pageAccess: true, addressBits: 4, memoryLayout: "scattered" },
  }),
  studyRun("address-ranges", "linux-6.12.117", bounds, {
    set: FAULTS,
    known: {
      ...TOP,
      ...because("DMA_MAP holds iommu->lock until it has pinned everything, and faults wait for it (I-35)", "RNG-26"),
    },
  }),
  // No mapping reaches the top here; an UNMAP still may.
  studyRun("address-ranges", "linux-6.12.117", bounds, {
    set: { ...FAULTS, aperture: "below-the-top" },
    known: {
      ...because(
        "the end of a range up to the top wraps to 0, so that UNMAP ends before its first mapping and returns 0 bytes (B-19)",
        "RNG-7",
        "RNG-8",
      ),
      ...because("DMA_MAP holds iommu->lock until it has pinned everything, and faults wait for it (I-35)", "RNG-26"),
    },
  }),
  studyRun("address-ranges", "rfc-v2", bounds, {
    set: { ...FAULTS, memoryLayout: "mmio-inside" },
    known: {
      ...TOP,
      ...because("the pages of a batch behind a page of MMIO are mapped and unpinned twice (D-25)", "RNG-1", "RNG-5"),
      // Only the deep address space has as many pages in a row as a fault maps ahead.
      ...(bounds === "deep" &&
        because("a fault maps pages ahead, and gets consecutive ones before another thread can run (B-18)", "RNG-24")),
    },
  }),
];
