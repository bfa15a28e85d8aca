/** UNMAP of type1 that calls drivers, beside another call: as shipped, and with the order of the two locks fixed. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const CIRCLE =
  "vfio_notify_dma_unmap() holds device_list_lock and its callback waits for iommu->lock in vfio_unpin_pages(), while " +
  "another call holds iommu->lock and waits for device_list_lock (I-38)";
const STUCK = ["LCK-10", "LCK-11", "UNM-1", "UNM-3"] as const;
/** The call beside it waits as well, and is no UNMAP. */
const BOTH = [...STUCK, "UNM-2"] as const;
const FREED =
  "vfio_notify_dma_unmap() has dropped iommu->lock, another UNMAP of the same range frees the mapping, and the next " +
  "device of the list is called with dma->iova of freed memory";
const REPINNED =
  "another thread pins again between the callback and the next look, until BUG_ON(++retries > 10) ends UNMAP with iommu->lock held (B-25)";
const LOST =
  "the driver has no record of a page that it pinned, so its callback unpins nothing until BUG_ON(++retries > 10) (B-26)";
const MISSED =
  "the callback unpins the first page and another one is pinned, so UNMAP calls it until BUG_ON(++retries > 10) (B-26)";

export const type1UnmapRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("type1-unmap", "linux-6.1.192", bounds, { known: because(CIRCLE, ...STUCK, "DEADLOCK") }),
  studyRun("type1-unmap", "linux-6.1.192", bounds, {
    set: { against: "close-same", callbackUnpins: "unpin-always" },
    known: because(CIRCLE, ...BOTH, "DEADLOCK"),
  }),
  studyRun("type1-unmap", "linux-6.1.192", bounds, {
    set: { against: "map", callbackUnpins: "unpin-always", pinnedPage: "later" },
    known: because(MISSED, ...BOTH, "UNM-8", "DEADLOCK"),
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, { known: because(CIRCLE, ...STUCK, "DEADLOCK") }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, { set: { against: "map" } }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "close-other", devices: 2 },
    known: because(CIRCLE, ...BOTH, "DEADLOCK"),
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "open-other", devices: 2, driverLock: "all-devices" },
    known: because(CIRCLE, ...BOTH, "DEADLOCK"),
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "three-threads", devices: 2 },
    known: because(CIRCLE, ...BOTH, "DEADLOCK"),
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "unmap-same", devices: 2 },
    known: { ...because(CIRCLE, ...STUCK, "DEADLOCK"), ...because(FREED, "UNM-6") },
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "pin-again" },
    known: because(REPINNED, ...BOTH, "UNM-8"),
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "pin-refused", driverLock: "all-devices", refusedPin: "keeps", retryBound: 3 },
    known: because(LOST, ...STUCK, "UNM-8", "DEADLOCK"),
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, {
    set: { against: "close-same", callbackUnpins: "check-then-unpin-all" },
  }),
  studyRun("type1-unmap", "linux-6.12.117", bounds, { set: { against: "pin" } }),
  studyRun("type1-unmap", "lock-order-mended", bounds),
  studyRun("type1-unmap", "lock-order-mended", bounds, {
    set: { against: "close-same", callbackUnpins: "unpin-always" },
  }),
  studyRun("type1-unmap", "lock-order-mended", bounds, { set: { against: "three-threads", devices: 2 } }),
  studyRun("type1-unmap", "lock-order-mended", bounds, { set: { against: "unmap-same-and-unpin", devices: 2 } }),
  studyRun("type1-unmap", "lock-order-mended", bounds, {
    set: { against: "pin-again" },
    known: because(REPINNED, ...BOTH, "UNM-8"),
  }),
];
