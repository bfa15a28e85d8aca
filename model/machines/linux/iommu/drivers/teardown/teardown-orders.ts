/**
 * The orders that end the page faults of a device, as lists of steps: a step left out, or two steps swapped, is another list.
 * The first order of each table is right.
 *
 * Models  iopf-core 2.1 ("canonical teardown" and "teardown orders actually used"); hardware facts 1.4 and 3.2. The orders
 *         of VT-d (intel/teardown-orders.ts): intel_svm_unbind_mm() and intel_svm_drain_prq() of Linux 6.1.192;
 *         intel_pasid_tear_down_entry(), device_block_translation() and intel_iommu_drain_pasid_prq() of 6.12.117. After
 *         them the caller goes on: iommufd_hwpt_detach_device() detaches, responds, calls intel_iommu_disable_iopf()
 *         and frees the handle; or iommu_detach_device_pasid() of an unbind returns.
 * Omits   errors of the steps.
 */
import { VTD_DETACH_ORDERS, VTD_EXIT_ORDERS, VTD_UNBIND_ORDERS } from "../../intel/teardown-orders.ts";
import { ANSWER } from "../../iommufd/fault/auto-answer.ts";
import { RING, SETTLE, type TeardownStep } from "./teardown-steps.ts";

const END = ["fence-responses", "erase", "remove", "free"] as const;

/** Attach or bind. */
export const ATTACH_ORDERS = {
  standard: ["add", "insert", "open", "start"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/** Detach or unbind: the owner gives the device up, and the next owner may follow at once. */
export const DETACH_ORDERS = {
  standard: ["lock", "stop", "block", "fence-wire", ...RING, "unlock", "flush", ...SETTLE, ...ANSWER, ...END],
  ...VTD_DETACH_ORDERS,
  /** The standard order with one step moved: D16 (the wire is drained after the last read of the queue). */
  "wire-after-flush": ["lock", "stop", "block", ...RING, "unlock", "flush", "fence-wire", ...ANSWER, ...END],
  /** B9 and B-36 (a detach without a drain): no wait for requests in flight. */
  "no-drain": ["stop", "block", "flush", ...ANSWER, ...END],
  /** D12 (flushed before blocked): new requests arrive between the drain and the block. */
  "drain-before-block": ["fence-wire", ...RING, "flush", ...ANSWER, "stop", "block", ...END],
  /** D14 (no flush of the workqueue): no wait for queued work. */
  "no-flush": ["stop", "block", "fence-wire", ...RING, ...ANSWER, ...END],
  /** B8 (removed before drained): iopf_queue_remove_device() frees pending groups whose work is queued. */
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
  /** B3 (deadlock in intel_svm_drain_prq()): the flush holds the lock that a worker needs for its response. */
  "flush-under-lock": ["lock", "stop", "block", "fence-wire", ...RING, "flush", "unlock", ...ANSWER, ...END],
  /** L5 (a detach ends although user space never responds): groups in user space get no response. */
  "no-answer": ["stop", "block", "fence-wire", ...RING, "flush", ...END],
  /** The device stays on its IOPF queue, and the next iopf_queue_add_device() returns -EBUSY. */
  "keeps-queue": ["stop", "block", "fence-wire", ...RING, "flush", ...ANSWER, "fence-responses", "erase", "free"],
  /** The attach handle is freed first. */
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

/** Function level reset: the device forgets its groups and uses their indices again. */
export const RESET_ORDERS = {
  standard: ["stop", "block", "reset", "fence-wire", ...RING, "flush", ...ANSWER, "fence-responses", "open", "start"],
  /** The same, with responses to the groups before the device forgets them. */
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
  /** H10 and S29 (an old response meets a new group after a reset): Linux up to 6.12 resets without a drain. */
  "no-drain": ["reset"],
  /** Old responses are still in flight when the device starts again. */
  "no-response-fence": ["stop", "block", "reset", "fence-wire", ...RING, "flush", ...ANSWER, "open", "start"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/**
 * The process exits: intel_mm_release() takes its page tables away before the unbind. It must not sleep: it holds
 * dmar_domain->lock in 6.12 (spin_lock_irqsave()), and rcu_read_lock() in 6.1.
 */
export const EXIT_ORDERS = {
  standard: ["block"],
  ...VTD_EXIT_ORDERS,
  /** B10 (drain in the release path of the mm): it waits where it must not sleep. */
  drains: ["block", ...RING],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/** The unbind after the exit of the process. */
export const UNBIND_ORDERS = {
  /** The order of a detach, as if the process had not exited. */
  drains: null,
  ...VTD_UNBIND_ORDERS,
  /** B11 (no drain in an unbind after exit): the entry is not present, and the teardown returns. */
  "returns-early": ["stop", "erase", "remove", "free"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] | null };

export type DetachOrderName = keyof typeof DETACH_ORDERS;
export type ResetOrderName = keyof typeof RESET_ORDERS;
export type ExitOrderName = keyof typeof EXIT_ORDERS;
export type UnbindOrderName = keyof typeof UNBIND_ORDERS;
