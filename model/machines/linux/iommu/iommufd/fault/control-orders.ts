/**
 * The steps of attaching, replacing and detaching a hardware page table (HWPT) with a fault queue, as lists. A deliberate
 * defect that leaves a step out or swaps two steps is another list.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/device.c and fault.c, drivers/iommu/iommu.c and the driver's part (iopf-core 1.4,
 *         2.1, 3.2).
 * Omits   Drivers that fail to switch a domain: linux/iommu/iommufd/attach has them.
 */
import { ANSWER, type QueueStep } from "./auto-answer.ts";

export type ControlStep =
  | QueueStep
  /** kzalloc() of the attach handle, where it may fail. */
  | "allocate"
  | "unref"
  | "insert"
  | "store"
  | "erase"
  | "switch"
  | "block"
  | "drain"
  | "await"
  | "free"
  | "destroy";

const DRAIN = ["drain", "await"] as const;

/** The device leaves the domain. `remove` is iopf_queue_remove_device(), which answers and frees what is pending. */
export const DETACH_ORDERS = {
  standard: ["block", ...DRAIN, "erase", ...ANSWER, "remove", "free", "unref"],
  /** B7 (use after free while a fault is reported), D11 (a group on no list): the report in progress is not awaited. */
  "no-drain": ["block", "erase", ...ANSWER, "remove", "free", "unref"],
  /** Since 6.16 the driver disables page faults as it leaves the domain (17fce9d2336d), and now drains before that. */
  "remove-in-driver": ["block", ...DRAIN, "remove", "erase", ...ANSWER, "free", "unref"],
  /** B8 (use after free on SVA unbind): the driver disables page faults before it drains. */
  "remove-before-drain": ["block", "remove", ...DRAIN, "erase", ...ANSWER, "free", "unref"],
  /**
   * 7.3.4, VT-d, requests without PASID: blocking_domain_attach_dev() calls iopf_for_domain_remove() first, and
   * intel_iommu_drain_pasid_prq() then returns at once, because iopf_refcount is 0.
   */
  "linux-7.3": ["remove", "block", "erase", ...ANSWER, "free", "unref"],
  /** Breaks I12 (no group names a freed attach handle): the handle is freed while groups name it. */
  "free-before-answer": ["block", ...DRAIN, "erase", "free", ...ANSWER, "remove", "unref"],
  /** Breaks L1 (each last request is answered): what user space has not answered stays unanswered. */
  "no-answer": ["block", ...DRAIN, "erase", "remove", "free", "unref"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

/** The device goes from one domain to another; the attach handle of the PASID is stored anew. */
export const REPLACE_ORDERS = {
  standard: ["block", ...DRAIN, "store", "switch", ...ANSWER, "free", "unref"],
  /** 6.12, B27 (handle and domain switch out of step): the device faults under the new domain, the old handle is found. */
  "switch-then-store": ["block", ...DRAIN, "switch", "store", ...ANSWER, "free", "unref"],
  /** The opposite window of B27: faults of the old domain find the new handle. */
  "store-then-switch": ["store", "block", ...DRAIN, "switch", ...ANSWER, "free", "unref"],
  /** B9 (requests of the old domain remain in the queue): they are not drained. */
  "no-drain": ["block", "store", "switch", ...ANSWER, "free", "unref"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

export type DetachOrder = keyof typeof DETACH_ORDERS;
export type ReplaceOrder = keyof typeof REPLACE_ORDERS;
