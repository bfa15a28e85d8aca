/** What the steps of ending page faults of a device are called, and the two that always go together. */
import type { QueueStep } from "../../iommufd/fault/auto-answer.ts";

export type TeardownStep =
  /** Answers what waits for user space; the device's place on the IOPF queue. */
  | QueueStep
  /** The lock of bind and unbind (pasid_mutex of 6.1). */
  | "lock"
  | "unlock"
  /** The device stops asking: PRI is disabled there. */
  | "stop"
  | "start"
  /** The IOMMU no longer translates for the device, or does again. */
  | "block"
  | "open"
  /** Waits until the requests on the wire have arrived (devTLB invalidation, or the drain bit). */
  | "fence-wire"
  /** Waits until the reporting thread has left no record of the device in the queue. */
  | "drain"
  | "await"
  /** Waits for the workqueue. */
  | "flush"
  /** Waits until the queue has not overflowed: the second loop of VT-d's drain (queue-drain.ts). */
  | "settle"
  | "settled"
  /** Waits until the answers have reached the device. */
  | "fence-responses"
  | "reset"
  | "erase"
  | "insert"
  | "free";

/** Waits for the records of the device in the queue of the IOMMU. */
export const RING = ["drain", "await"] as const;
/** Waits for the end of an overflow. */
export const SETTLE = ["settle", "settled"] as const;
