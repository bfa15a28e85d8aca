/**
 * What it takes to end page faults of a device and to release it, as lists of steps.
 *
 * Models  iopf-core 1.4 and 2.1, Linux 6.12: intel_iommu_disable_iopf(), intel_iommu_release_device(),
 *         iommufd_auto_response_faults(), iommu_release_device(). In 6.12 the release of a device itself removes no fault
 *         parameters: the detach before it does, without a lock, while the device is still found ("removed-first"). The
 *         other orders remove them when it is no longer found.
 * Omits   that iommufd of 6.12 answers before it removes, with the device's requests kept out. Here nobody keeps them out:
 *         what is answered last is answered when no more can come.
 */
import { ANSWER, type QueueStep } from "../../iommufd/fault/auto-answer.ts";

export type LifetimeStep =
  /** What user space holds is answered; the fault parameters come and go with the device's place on the IOPF queue. */
  | QueueStep
  /** The lock that a report is made under. */
  | "lock"
  | "unlock"
  /** Waits until nobody names the parameters. */
  | "await-unnamed"
  /** The device is found by look-ups, or no longer. */
  | "list"
  | "unlist"
  /** dev->iommu and the driver's data go. */
  | "free-data"
  /** The first reference to the device goes. */
  | "put";

export const ENABLE = ["add"] as const;
export const PROBE = ["list"] as const;

/** Page faults are turned off: whether reports are kept out while the parameters go. */
export const DISABLE_ORDERS = {
  locked: ["lock", "remove", "unlock"],
  /** D6, D19: a report may be anywhere between look-up and hand-over. */
  unlocked: ["remove"],
  /** A wait in place of the count: it ends when user space pleases (L5). */
  awaiting: ["lock", "await-unnamed", "remove", "unlock"],
} as const satisfies { readonly [name: string]: readonly LifetimeStep[] };

/** The device goes: nobody finds it, nobody has a group of it, and then its memory goes. */
export const RELEASE_ORDERS = {
  locked: ["lock", "unlist", "unlock", ...ANSWER, "remove", "free-data", "put"],
  /** 6.12 on VT-d: the lock comes when the parameters have gone (D6, D19). */
  "removed-first": ["remove", "lock", "unlist", "unlock", ...ANSWER, "free-data", "put"],
  /** 6.12 on AMD, which has no lock: B42 as well. */
  "removed-first-unlocked": ["remove", "unlist", ...ANSWER, "free-data", "put"],
  /** B42: a report that has looked the device up goes on with it. */
  unlocked: ["unlist", ...ANSWER, "remove", "free-data", "put"],
  /** L5: what user space has not answered stays so. */
  unanswered: ["lock", "unlist", "unlock", "remove", "free-data", "put"],
  /** Groups in the hands of user space name the device through their parameters. */
  "answered-late": ["lock", "unlist", "unlock", "free-data", ...ANSWER, "remove", "put"],
} as const satisfies { readonly [name: string]: readonly LifetimeStep[] };

export type DisableOrder = keyof typeof DISABLE_ORDERS;
export type ReleaseOrder = keyof typeof RELEASE_ORDERS;
