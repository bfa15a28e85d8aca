/** The runs of the focused model of pins and charges. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const PREMISE =
  "vfio_iommu_type1_pin_pages() does not charge in a container with a domain, because DMA_MAP charged all pages there; with faults it has not (VFIO facts 2.2)";
const PINS_ONLY = "neither DMA_MAP nor a driver's pin maps the page, so the device faults on a pinned page (D-20)";
const SHORTAGE = "a fault above the limit gets the response code of a forbidden access (D-23)";
const REPINS =
  "a driver pins again each time DMA_UNMAP drops iommu->lock, until BUG_ON(++retries > 10) ends the thread with the lock held (B-25)";
const CIRCLE =
  "DMA_UNMAP calls drivers with device_list_lock held, a driver that closes its device waits for device_list_lock with " +
  "iommu->lock held, and the drivers that are called need iommu->lock to unpin (I-38)";

/** Told in as small a system as shows it, at any bounds. */
const ONE_PAGE = { pages: 1, rlimit: 1 } as const;
const TWO_PAGES = { pages: 2, rlimit: 2 } as const;

export const accountingRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("accounting", "linux-6.1.192", bounds, { set: { mdevDrivers: 2, recordFails: true } }),
  studyRun("accounting", "linux-6.1.192", bounds, {
    set: { groups: "iommu", mdevDrivers: 0, containers: 2, pages: 2, rlimit: 3, recordFails: true },
  }),
  studyRun("accounting", "linux-6.1.192", bounds, {
    set: { groups: "iommu", mdevDrivers: 0, fate: "execs", vaddrUpdates: true },
  }),
  studyRun("accounting", "linux-6.1.192", bounds, {
    set: { repins: true },
    known: because(REPINS, "LCK-10", "LCK-11", "ACC-9", "ACC-16", "ACC-17", "ACC-19", "DEADLOCK"),
  }),
  studyRun("accounting", "linux-6.1.192", bounds, {
    set: { closes: true, mdevDrivers: 2, pages: 1, rlimit: 1 },
    known: because(CIRCLE, "LCK-10", "LCK-11", "ACC-16", "ACC-17", "ACC-19", "DEADLOCK"),
  }),
  studyRun("accounting", "linux-6.1.192", bounds, { set: { oddPage: "mmio" } }),
  // After exec() one container fills the locked_vm of the new mm, and the other cannot move its charges there.
  ...(bounds === "small"
    ? []
    : [
        studyRun("accounting", "linux-6.1.192", bounds, {
          set: { groups: "iommu", mdevDrivers: 0, containers: 2, ...TWO_PAGES, fate: "execs", vaddrUpdates: true },
        }),
      ]),
  studyRun("accounting", "linux-6.1.192", bounds, {
    set: { groups: "iommu", mdevDrivers: 0, ...ONE_PAGE, fate: "forks", vaddrUpdates: true },
  }),
  // The process exits, and a page that is neither pinned nor charged cannot be recorded.
  studyRun("accounting", "linux-6.1.192", bounds, {
    set: { ...TWO_PAGES, fate: "exits", oddPage: "zero", recordFails: true },
  }),
  // A fault meets a mapping whose vaddr is invalid.
  studyRun("accounting", "rfc-v1", bounds, {
    set: { groups: "iommu", mdevDrivers: 0, ...ONE_PAGE, fate: "execs", vaddrUpdates: true },
  }),
  studyRun("accounting", "rfc-v1", bounds, {
    set: bounds === "small" ? { rlimit: 0 } : { pages: 2, rlimit: 1 },
    known: {
      ...because(PREMISE, "ACC-2", "ACC-4", "ACC-5"),
      ...because(PINS_ONLY, "ACC-14"),
      ...because(SHORTAGE, "ACC-13"),
    },
  }),
  studyRun("accounting", "intended", bounds, { set: { closes: true, repins: true, recordFails: true } }),
];
