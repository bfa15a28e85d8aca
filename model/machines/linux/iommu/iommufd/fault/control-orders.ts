/**
 * What attaching, replacing and detaching a hardware page table (HWPT) with a fault queue consists of, as lists of steps:
 * a step left out and two steps swapped are other lists.
 *
 * Models  Linux drivers/iommu/iommufd/device.c and fault.c, iommu.c and the driver's part (iopf-core 1.4, 2.1, 3.2).
 */
import { ANSWER, type QueueStep } from "./auto-answer.ts";

export type ControlStep =
  QueueStep | "unref" | "insert" | "store" | "erase" | "switch" | "block" | "drain" | "await" | "free" | "destroy";

const DRAIN = ["drain", "await"] as const;

/** The device leaves the domain; `remove`: iopf_queue_remove_device(), which answers and frees what is pending. */
export const DETACH_ORDERS = {
  standard: ["block", ...DRAIN, "erase", ...ANSWER, "remove", "free", "unref"],
  /** B7, D11: nobody waits for the thread that is inside a report. */
  "no-drain": ["block", "erase", ...ANSWER, "remove", "free", "unref"],
  /** Since 6.16 the driver disables page faults as it leaves the domain (17fce9d2336d), and now drains before that. */
  "remove-in-driver": ["block", ...DRAIN, "remove", "erase", ...ANSWER, "free", "unref"],
  /** B8: the driver disables page faults before it drains. */
  "remove-before-drain": ["block", "remove", ...DRAIN, "erase", ...ANSWER, "free", "unref"],
  /** I12: the attach handle goes while groups still name it. */
  "free-before-answer": ["block", ...DRAIN, "erase", "free", ...ANSWER, "remove", "unref"],
  /** L1, L5: what user space has not answered stays so. */
  "no-answer": ["block", ...DRAIN, "erase", "remove", "free", "unref"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

/** The device goes from one domain to another; the attach handle of the PASID is stored anew. */
export const REPLACE_ORDERS = {
  standard: ["block", ...DRAIN, "store", "switch", ...ANSWER, "free", "unref"],
  /** 6.12 (B27): the device already faults under the new domain when the lookup still finds the old handle. */
  "switch-then-store": ["block", ...DRAIN, "switch", "store", ...ANSWER, "free", "unref"],
  /** The opposite window: faults of the old domain are booked on the new handle. */
  "store-then-switch": ["store", "block", ...DRAIN, "switch", ...ANSWER, "free", "unref"],
  /** B9: nobody waits for the requests of the old domain. */
  "no-drain": ["block", "store", "switch", ...ANSWER, "free", "unref"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

export type DetachOrder = keyof typeof DETACH_ORDERS;
export type ReplaceOrder = keyof typeof REPLACE_ORDERS;
