/**
 * The orders that end page faults of a device and release it, as lists of steps. The first order of each table is right.
 *
 * Models  iopf-core 1.4 and 2.1; Linux 6.12: intel_iommu_disable_iopf(), intel_iommu_release_device(),
 *         iommufd_auto_response_faults(), iommu_release_device(). In 6.12 the release itself removes no fault_param: the
 *         detach before it calls iopf_queue_remove_device() without a lock, while lookups still find the device
 *         ("removed-first"). The other orders remove fault_param when lookups no longer find the device.
 * Omits   that iommufd of 6.12 responds before it removes, while the device cannot send requests. Here the device can, so the
 *         last response comes when no more requests can.
 */
import { ANSWER, type QueueStep } from "../../iommufd/fault/auto-answer.ts";

export type LifetimeStep =
  /** iommufd_auto_response_faults(); iopf_queue_add_device() and iopf_queue_remove_device(). */
  | QueueStep
  /** The lock of the report: iommu->iopf_lock of VT-d. */
  | "lock"
  | "unlock"
  /** Waits until no group and no report uses fault_param. */
  | "await-unnamed"
  /** Lookups find the device, or no longer. */
  | "list"
  | "unlist"
  /** dev->iommu and the data of the driver are freed. */
  | "free-data"
  /** The first reference to the device is put. */
  | "put";

export const ENABLE_ORDERS = { standard: ["add"] } as const satisfies {
  readonly [name: string]: readonly LifetimeStep[];
};
export const PROBE_ORDERS = { standard: ["list"] } as const satisfies {
  readonly [name: string]: readonly LifetimeStep[];
};

/** Page faults are turned off: whether a lock excludes reports while fault_param is removed. */
export const DISABLE_ORDERS = {
  locked: ["lock", "remove", "unlock"],
  /** D6 (frees a group on a stack) and D19 (dangling list head): a report may be between lookup and handler. */
  unlocked: ["remove"],
  /** A wait instead of the count. It may not end: L5 (a detach ends although user space never responds). */
  awaiting: ["lock", "await-unnamed", "remove", "unlock"],
} as const satisfies { readonly [name: string]: readonly LifetimeStep[] };

/** The device is released: lookups stop, its groups get a response, and then its memory is freed. */
export const RELEASE_ORDERS = {
  locked: ["lock", "unlist", "unlock", ...ANSWER, "remove", "free-data", "put"],
  /** 6.12 on VT-d: fault_param is removed before the lock is taken: D6 (frees a group on a stack), D19 (dangling list head). */
  "removed-first": ["remove", "lock", "unlist", "unlock", ...ANSWER, "free-data", "put"],
  /**
   * 6.12 on AMD: B42 (a report uses a released device). device_del() takes the device off its bus, where the driver looks it
   * up, and then has iommu_release_device() called: detach_device() removes fault_param without a lock. No group waits for a
   * response: nothing handles faults there.
   */
  "unlisted-first": ["unlist", "remove", "free-data", "put"],
  /** B42 (a report uses a released device): no lock excludes the report after its lookup. */
  unlocked: ["unlist", ...ANSWER, "remove", "free-data", "put"],
  /** L5 (a detach ends although user space never responds): groups in user space get no response. */
  unanswered: ["lock", "unlist", "unlock", "remove", "free-data", "put"],
  /** struct device may be freed while dev->iommu, which it points to, is still to be freed. */
  "put-first": ["lock", "unlist", "unlock", ...ANSWER, "remove", "put", "free-data"],
  /** Groups in user space still point to the device, through their fault_param. */
  "answered-late": ["lock", "unlist", "unlock", "free-data", ...ANSWER, "remove", "put"],
} as const satisfies { readonly [name: string]: readonly LifetimeStep[] };

export type DisableOrder = keyof typeof DISABLE_ORDERS;
export type ReleaseOrder = keyof typeof RELEASE_ORDERS;
