/**
 * What it takes to end page faults of a device, as lists of steps: a step left out and two steps swapped are other lists.
 *
 * Models  iopf-core 2.1 ("canonical teardown" and "teardown orders actually used"), hardware facts 1.4 and 3.2. The orders
 *         of VT-d: intel_svm_unbind_mm() and intel_svm_drain_prq() of Linux 6.1.192; intel_pasid_tear_down_entry(),
 *         device_block_translation() and intel_iommu_drain_pasid_prq() of 6.12.117, with what the caller does after them:
 *         iommufd_fault_domain_detach_dev() (detach, answer, intel_iommu_disable_iopf(), free the handle), or
 *         iommu_detach_device_pasid() of an unbind.
 */
import { VTD_DETACH_ORDERS, VTD_EXIT_ORDERS, VTD_UNBIND_ORDERS } from "../../intel/teardown-orders.ts";
import { ANSWER } from "../../iommufd/fault/auto-answer.ts";
import { RING, SETTLE, type TeardownStep } from "./teardown-steps.ts";

const END = ["fence-responses", "erase", "remove", "free"] as const;

/** The owner of the device gives it up; the next one may follow at once. */
export const DETACH_ORDERS = {
  standard: ["lock", "stop", "block", "fence-wire", ...RING, "unlock", "flush", ...SETTLE, ...ANSWER, ...END],
  ...VTD_DETACH_ORDERS,
  /** The standard order with one step moved: the wire is drained when nobody reads the queue any more (D16). */
  "wire-after-flush": ["lock", "stop", "block", ...RING, "unlock", "flush", "fence-wire", ...ANSWER, ...END],
  /** B9, B-36: nobody waits for requests on their way. */
  "no-drain": ["stop", "block", "flush", ...ANSWER, ...END],
  /** D12: what is drained comes again before the device is blocked. */
  "drain-before-block": ["fence-wire", ...RING, "flush", ...ANSWER, "stop", "block", ...END],
  /** D14: nobody waits for work that is queued. */
  "no-flush": ["stop", "block", "fence-wire", ...RING, ...ANSWER, ...END],
  /** B8: the core frees its pending groups while their work is queued. */
  "remove-before-flush": [
    "stop",
    "block",
    "fence-wire",
    ...RING,
    "remove",
    "flush",
    ...ANSWER,
    "fence-responses",
    "erase",
    "free",
  ],
  /** B3: the lock that a worker needs for its answer is held while its work is waited for. */
  "flush-under-lock": ["lock", "stop", "block", "fence-wire", ...RING, "flush", "unlock", ...ANSWER, ...END],
  /** L5: what user space has not answered stays so. */
  "no-answer": ["stop", "block", "fence-wire", ...RING, "flush", ...END],
  /** The handle goes first. */
  "free-first": [
    "stop",
    "block",
    "erase",
    "free",
    "fence-wire",
    ...RING,
    "flush",
    ...ANSWER,
    "fence-responses",
    "remove",
  ],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/** Function level reset: the device forgets its groups and uses the indices anew. */
export const RESET_ORDERS = {
  standard: ["stop", "block", "reset", "fence-wire", ...RING, "flush", ...ANSWER, "fence-responses", "open", "start"],
  /** The same, with the device's groups answered before it forgets them. */
  "drain-then-reset": [
    "stop",
    "block",
    "fence-wire",
    ...RING,
    "flush",
    ...ANSWER,
    "fence-responses",
    "reset",
    "open",
    "start",
  ],
  /** H10, S29: Linux up to 6.12 resets and goes on. */
  "no-drain": ["reset"],
  /** What was answered before the device restarts is still on its way. */
  "no-response-fence": ["stop", "block", "reset", "fence-wire", ...RING, "flush", ...ANSWER, "open", "start"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/**
 * The process exits: its page tables go, where nobody may sleep, before anybody unbinds. intel_mm_release() holds the
 * spinlock of the domain in 6.12 (spin_lock_irqsave()), and rcu_read_lock() in 6.1.
 */
export const EXIT_ORDERS = {
  standard: ["block"],
  ...VTD_EXIT_ORDERS,
  /** B10: it waits where it must not sleep. */
  drains: ["block", ...RING],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/** The unbind after that. */
export const UNBIND_ORDERS = {
  /** As if the process had not exited. */
  drains: null,
  ...VTD_UNBIND_ORDERS,
  /** B11: the entry is not present, so that there seems to be nothing to do. */
  "returns-early": ["stop", "erase", "remove", "free"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] | null };

export type DetachOrderName = keyof typeof DETACH_ORDERS;
export type ResetOrderName = keyof typeof RESET_ORDERS;
export type ExitOrderName = keyof typeof EXIT_ORDERS;
export type UnbindOrderName = keyof typeof UNBIND_ORDERS;
