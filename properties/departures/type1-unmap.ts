/** Deliberate defects of `type1-unmap`: the order of the locks, a mapping read after it was freed, UNMAP that cannot end. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "type1-unmap",
    hardware: ANY_HARDWARE,
    host: "lock-order-mended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const STUCK = ["LCK-10", "LCK-11", "UNM-1", "UNM-3", "DEADLOCK"] as const;

export const type1UnmapBreakages: Breakages = {
  departures: [
    broken(
      { deviceListLock: "inside", against: "unmap-other-pinned" },
      STUCK,
      "a second UNMAP holds iommu->lock and waits for device_list_lock, under which the first calls a driver that unpins (I-38)",
    ),
    broken(
      { deviceListLock: "inside", against: "unmap-same" },
      STUCK,
      "two UNMAPs of one range, and the second waits for device_list_lock with iommu->lock held (I-38)",
    ),
    broken(
      { deviceListLock: "inside", against: "close-other" },
      [...STUCK, "UNM-2"],
      "vfio_iommu_type1_unregister_device() waits for device_list_lock with iommu->lock held (I-38)",
      { devices: 2 },
    ),
    broken(
      { deviceListLock: "inside", against: "open-other" },
      [...STUCK, "UNM-2"],
      "vfio_iommu_type1_register_device() waits for device_list_lock with iommu->lock held (I-38)",
      { devices: 2 },
    ),
    broken(
      { refusedPin: "keeps", against: "pin-refused" },
      [...STUCK, "UNM-8"],
      "the driver has no record of a page that it pinned, so that no callback unpins it (B-26)",
      { retryBound: 3 },
    ),
    broken(
      { deviceListLock: "inside-shared", against: "close-other" },
      [...STUCK, "UNM-2"],
      "a rw_semaphore in the place of device_list_lock, and unregister waits to write it with iommu->lock held (I-38)",
      { devices: 2 },
    ),
    broken(
      { deviceListLock: "inside", against: "close-same", callbackUnpins: "unpin-always" },
      [...STUCK, "UNM-2"],
      "close_device() has unpinned everything, and the callback of the same device still calls vfio_unpin_pages() (I-38)",
    ),
    broken(
      { deviceListLock: "inside", against: "three-threads" },
      [...STUCK, "UNM-2"],
      "a callback waits for its driver's lock, whose owner waits in vfio_pin_pages() for iommu->lock, whose owner waits for device_list_lock (I-38)",
      { devices: 2 },
    ),
    broken(
      { deviceListLock: "inside", against: "unmap-same-and-unpin" },
      [...STUCK, "UNM-2"],
      "two UNMAPs of one range, and the second waits for device_list_lock with iommu->lock held (I-38)",
    ),
    broken(
      { mappingInWalk: "read-each-time", against: "unmap-same-and-unpin" },
      ["UNM-6"],
      "the driver unpins on its own, another UNMAP frees the mapping, and dma->iova is read for the device after that",
    ),
    broken(
      { mappingInWalk: "read-each-time", against: "unmap-same" },
      ["UNM-6"],
      "the first device of the list unpins, another UNMAP frees the mapping, and dma->iova is read for the second device",
      { devices: 2 },
    ),
    broken(
      { against: "pin-again" },
      ["LCK-10", "LCK-11", "UNM-1", "UNM-2", "UNM-3", "UNM-8"],
      "a page is pinned again between the callback and the next look, and BUG_ON(++retries > 10) ends UNMAP with iommu->lock held (B-25)",
    ),
    broken(
      { callbackUnpins: "unpin-always", pinnedPage: "later" },
      [...STUCK, "UNM-8"],
      "the callback unpins the first page of the mapping, and the page that is pinned is another one (B-26)",
    ),
  ],
  unbroken: {},
};
