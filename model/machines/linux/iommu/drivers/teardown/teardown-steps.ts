/** The steps that end the page faults of a device (teardown-orders.ts), and two pairs that always go together. */
import type { QueueStep } from "../../iommufd/fault/auto-answer.ts";

export type TeardownStep =
  /** iommufd_auto_response_faults(); the device joins the IOPF queue or leaves it. */
  | QueueStep
  /** The lock of bind and unbind: pasid_mutex in 6.1, iommu_sva_lock in 6.12. */
  | "lock"
  | "unlock"
  /** pci_disable_pri() and pci_enable_pri(): the device stops sending page requests, or starts. */
  | "stop"
  | "start"
  /** The IOMMU stops translating for the device, or starts. */
  | "block"
  | "open"
  /** Waits until the requests on the wire have arrived (device TLB invalidation, or the drain bit). */
  | "fence-wire"
  /** prq_retry loop of the drain: waits until no record of the device is in the page request queue. */
  | "drain"
  | "await"
  /** iopf_queue_flush_dev(). */
  | "flush"
  /** qi_retry loop of VT-d's drain (queue-drain.ts): waits until PRO is clear. */
  | "settle"
  | "settled"
  /** Waits until the responses have reached the device. */
  | "fence-responses"
  | "reset"
  | "erase"
  | "insert"
  | "free";

/** The prq_retry loop: its begin, and its end. */
export const RING = ["drain", "await"] as const;
/** The qi_retry loop: its begin, and its end. */
export const SETTLE = ["settle", "settled"] as const;
