/** Designs, sizes and hosts of the study `type1-unmap`. */
import type { KnobTable } from "../../knobs.ts";
import type { CallbackOrder, Type1Rules } from "../../machines/linux/vfio/type1/unmap/type1-calls.ts";
import type { ListedDeviceContext } from "../../machines/linux/vfio/type1/unmap/listed-device.ts";
import { boundsKnobs } from "../bounds.ts";
import { accountingSizeKnobs } from "./accounting-design.ts";

export interface Type1UnmapDesign {
  readonly name: string;
  readonly deviceListLock: "inside" | "inside-shared" | "outside";
  readonly mappingInWalk: ListedDeviceContext["mappingInWalk"];
  readonly callbackUnpins: CallbackOrder;
  readonly driverLock: "each-device" | "all-devices";
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
    values: { kind: "choice", of: ["inside", "inside-shared", "outside"] },
    sentence:
      "Whether device_list_lock is taken inside iommu->lock (Linux), also if it were a rw_semaphore that UNMAP takes for reading, or always outside (a mend).",
  },
  mappingInWalk: {
    id: "VFIO facts 2.3",
    values: { kind: "choice", of: ["read-each-time", "copied"] },
    sentence: "Whether vfio_notify_dma_unmap() reads dma->iova and dma->size for each device, or copies them before.",
  },
  callbackUnpins: {
    id: "B-26",
    values: { kind: "choice", of: ["lookup-and-unpin-locked", "unpin-always", "check-then-unpin-all"] },
    sentence:
      "The driver's dma_unmap(): kvmgt, and vfio_ap of 6.12, look up and unpin under their lock; vfio_ap of 6.1 takes no lock and always unpins the first page; vfio_ccw checks, drops its lock, then unpins everything.",
  },
  driverLock: {
    id: "B-26",
    values: { kind: "choice", of: ["each-device", "all-devices"] },
    sentence:
      "Whether each device has a driver lock of its own (kvmgt, vfio_ccw), or all share one (mdevs_lock of vfio_ap).",
  },
};

const LINUX: Omit<Type1UnmapDesign, "name"> = {
  deviceListLock: "inside",
  mappingInWalk: "read-each-time",
  callbackUnpins: "lookup-and-unpin-locked",
  driverLock: "each-device",
};

export const type1UnmapHosts = {
  "linux-6.1.192": {
    sentence:
      "type1 of Linux 6.1.192: register, unregister and UNMAP take device_list_lock inside iommu->lock; a driver as kvmgt.",
    design: LINUX,
  },
  "linux-6.12.117": {
    sentence: "type1 of Linux 6.12.117: in these functions it takes and drops the two locks exactly as 6.1.192 does.",
    design: LINUX,
  },
  "lock-order-mended": {
    sentence:
      "A mend: copy iova and size, drop iommu->lock, then take device_list_lock; register and unregister take device_list_lock first.",
    design: { ...LINUX, deviceListLock: "outside", mappingInWalk: "copied" },
  },
} as const;

export const type1UnmapSizeKnobs: KnobTable<Type1UnmapSizes> = {
  against: {
    id: "bound",
    values: {
      kind: "choice",
      of: [
        "close-same",
        "close-other",
        "open-other",
        "unmap-same",
        "unmap-other-pinned",
        "unmap-unpinned",
        "map",
        "pin",
        "pin-again",
        "three-threads",
        "unmap-same-and-unpin",
      ],
    },
    sentence:
      "What runs beside VFIO_IOMMU_UNMAP_DMA of a range with a pinned page; three-threads: a close of the other device, and a pin by a driver whose lock the callback wants.",
  },
  devices: boundsKnobs.devices,
  pinnedPage: {
    id: "B-26",
    values: { kind: "choice", of: ["first", "later"] },
    sentence: "Whether the page that is pinned is the first of its mapping.",
  },
  retryBound: accountingSizeKnobs.retryBound,
};
