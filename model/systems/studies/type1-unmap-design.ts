/** Designs and sizes of the focused model `type1-unmap`. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { CallbackOrder, Type1Rules } from "../../machines/linux/vfio/type1/unmap/type1-calls.ts";
import type { ListedDeviceContext } from "../../machines/linux/vfio/type1/unmap/listed-device.ts";
import { boundsKnobs } from "../bounds.ts";
import { accountingSizeKnobs } from "./accounting-knobs.ts";

export interface Type1UnmapDesign {
  readonly name: string;
  readonly deviceListLock: "inside" | "inside-shared" | "outside";
  readonly mappingInWalk: ListedDeviceContext["mappingInWalk"];
  readonly callbackUnpins: CallbackOrder;
  readonly driverLock: "each-device" | "all-devices";
  readonly refusedPin: Type1Rules["refusedPin"];
}

/** What runs beside VFIO_IOMMU_UNMAP_DMA of a range in which a page is pinned. */
export type Against =
  | "close-same"
  | "close-other"
  | "open-other"
  | "unmap-same"
  | "unmap-other-pinned"
  | "unmap-unpinned"
  | "map"
  | "pin"
  | "pin-again"
  | "pin-refused"
  | "three-threads"
  | "unmap-same-and-unpin";

export interface Type1UnmapSizes {
  readonly name: string;
  readonly against: Against;
  readonly devices: number;
  readonly pinnedPage: Type1Rules["pinnedPage"];
  readonly retryBound: number;
}

export const type1UnmapKnobs: KnobTable<Type1UnmapDesign> = {
  deviceListLock: {
    id: "I-38",
    values: choice({
      inside: "device_list_lock is a mutex taken with iommu->lock held, as in Linux.",
      "inside-shared": "device_list_lock is a rw_semaphore inside iommu->lock, and UNMAP takes it for reading.",
      outside: "device_list_lock is taken before iommu->lock everywhere (a fix).",
    }),
    sentence: "The order of device_list_lock and iommu->lock.",
  },
  mappingInWalk: {
    id: "VFIO facts 2.3",
    values: choice({
      "read-each-time": "vfio_notify_dma_unmap() reads dma->iova and dma->size for each device, as in Linux.",
      copied: "vfio_notify_dma_unmap() copies dma->iova and dma->size before it drops iommu->lock (a fix).",
    }),
    sentence: "When vfio_notify_dma_unmap() reads the range of the mapping.",
  },
  callbackUnpins: {
    id: "B-26",
    values: choice({
      "lookup-and-unpin-locked":
        "The driver looks its page up and unpins it under its own lock, as kvmgt and vfio_ap of 6.12 do.",
      "unpin-always": "The driver takes no lock and always unpins the first page, as vfio_ap of 6.1 does.",
      "check-then-unpin-all": "The driver checks, drops its lock, then unpins everything, as vfio_ccw does.",
    }),
    sentence: "What the driver's dma_unmap() does.",
  },
  driverLock: {
    id: "B-26",
    values: choice({
      "each-device": "Each device has a driver lock of its own, as in kvmgt and vfio_ccw.",
      "all-devices": "All devices share one driver lock, as matrix_dev->mdevs_lock of vfio_ap.",
    }),
    sentence: "Which devices share a driver lock.",
  },
  refusedPin: {
    id: "B-26",
    values: choice({
      unpins: "The driver unpins the page.",
      keeps: "The driver neither unpins nor records the page, as vfio_ap_irq_enable() of vfio_ap.",
    }),
    sentence: "What a driver does with the page that it has pinned, if its device refuses it.",
  },
};

const LINUX: Omit<Type1UnmapDesign, "name"> = {
  deviceListLock: "inside",
  mappingInWalk: "read-each-time",
  callbackUnpins: "lookup-and-unpin-locked",
  driverLock: "each-device",
  refusedPin: "unpins",
};

export const type1UnmapHosts = {
  "linux-6.1.192": {
    sentence:
      "type1 of Linux 6.1.192 with kvmgt: register, unregister and DMA_UNMAP take device_list_lock inside iommu->lock.",
    design: LINUX,
  },
  "linux-6.12.117": {
    sentence: "type1 of Linux 6.12.117 with kvmgt: the two locks are taken and dropped as in 6.1.192.",
    design: LINUX,
  },
  "lock-order-mended": {
    sentence:
      "A proposed fix: DMA_UNMAP drops iommu->lock before it takes device_list_lock, and register takes that one first.",
    design: { ...LINUX, deviceListLock: "outside", mappingInWalk: "copied" },
  },
} as const;

export const type1UnmapSizeKnobs: KnobTable<Type1UnmapSizes> = {
  against: {
    id: "bound",
    values: choice({
      "close-same": "A thread closes the device that has the page pinned.",
      "close-other": "A thread closes another device of the container.",
      "open-other": "A thread opens another device of the container.",
      "unmap-same": "A second VFIO_IOMMU_UNMAP_DMA names the same range.",
      "unmap-other-pinned": "A second VFIO_IOMMU_UNMAP_DMA names another range, in which a page is pinned too.",
      "unmap-unpinned": "A second VFIO_IOMMU_UNMAP_DMA names another range, in which nothing is pinned.",
      map: "A thread calls VFIO_IOMMU_MAP_DMA.",
      pin: "A driver pins a page of another range.",
      "pin-again": "A driver pins the page again after its callback has unpinned it.",
      "pin-refused": "A driver pins another page of the range, and its device refuses it.",
      "three-threads":
        "One thread closes the other device, and a driver pins with the lock held that the callback wants.",
      "unmap-same-and-unpin": "A second VFIO_IOMMU_UNMAP_DMA names the same range, and the driver unpins on its own.",
    }),
    sentence: "What runs beside VFIO_IOMMU_UNMAP_DMA of a range in which a page is pinned.",
  },
  devices: boundsKnobs.devices,
  pinnedPage: {
    id: "B-26",
    values: choice({
      first: "The first page of the mapping is pinned.",
      later: "A later page of the mapping is pinned.",
    }),
    sentence: "Which page of the mapping is pinned.",
  },
  retryBound: accountingSizeKnobs.retryBound,
};
