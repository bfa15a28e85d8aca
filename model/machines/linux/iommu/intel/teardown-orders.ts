/**
 * The orders in which VT-d's driver ends the page faults of a device, as lists of steps.
 *
 * Models  Linux 6.1.192, drivers/iommu/intel/svm.c: intel_svm_unbind_mm(), intel_mm_release(), intel_svm_drain_prq(). Linux
 *         6.12.117, drivers/iommu/intel: intel_pasid_tear_down_entry(), device_block_translation(),
 *         intel_iommu_drain_pasid_prq().
 *         Linux 7.3.4, the same directory: blocking_domain_attach_dev(), blocking_domain_set_dev_pasid(),
 *         iopf_for_domain_remove(). ATS and page requests stay on from probe to release there: these orders have no "stop".
 * Omits   errors of the steps.
 */
import { ANSWER } from "../iommufd/fault/auto-answer.ts";
import { RING, SETTLE, type TeardownStep } from "../drivers/teardown/teardown-steps.ts";

export const VTD_DETACH_ORDERS = {
  /** 6.1, VT-d: PASID entry and device TLB, the queue, the flush without pasid_mutex, and the device TLB once more. */
  "linux-6.1.192": [
    "stop",
    "lock",
    "block",
    "fence-wire",
    ...RING,
    "unlock",
    "flush",
    "lock",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "erase",
    "unlock",
    "remove",
    "free",
  ],
  /**
   * The same in caching mode, as in a guest: intel_pasid_tear_down_entry() does not invalidate the device TLB, so the wire is
   * drained after the last read of the queue: D16.
   */
  "linux-6.1.192-caching-mode": [
    "stop",
    "lock",
    "block",
    ...RING,
    "unlock",
    "flush",
    "lock",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "erase",
    "unlock",
    "remove",
    "free",
  ],
  /**
   * 6.12, VT-d, a PASID. ATS is on, so the invalidation of the device TLB pushes requests before the queue is read. The
   * lock is iommu_sva_lock, which no work takes. iommu_sva_unbind_device() drops it before it frees the handle.
   */
  "linux-6.12.117-pasid": [
    "stop",
    "lock",
    "block",
    "fence-wire",
    ...RING,
    "flush",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "erase",
    "unlock",
    "free",
    "remove",
  ],
  /**
   * 6.12, VT-d, a RID. ATS is off before the entry is torn down, so devtlb_invalidation_with_pasid() pushes nothing before
   * the queue is read: D16 (the wire is drained after the last read of the queue).
   */
  "ring-before-wire": [
    "block",
    ...RING,
    "flush",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "erase",
    ...ANSWER,
    "remove",
    "stop",
    "free",
  ],
  /**
   * 7.3.4, VT-d, a RID: blocking_domain_attach_dev() leaves the IOPF queue first. intel_iommu_drain_pasid_prq() returns at once,
   * because iopf_refcount is 0: nothing is drained and nothing flushed.
   */
  "linux-7.3": ["remove", "block", "fence-wire", "erase", ...ANSWER, "free"],
  /** 7.3.4, VT-d, a PASID: blocking_domain_set_dev_pasid() tears the entry down, which drains, and then leaves the IOPF queue. */
  "linux-7.3-pasid": [
    "block",
    "fence-wire",
    ...RING,
    "flush",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "remove",
    "erase",
    ...ANSWER,
    "free",
  ],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

export const VTD_EXIT_ORDERS = {
  /**
   * intel_mm_release() clears the entry, invalidates the device TLB and waits without sleeping. It does not drain
   * (fault_ignore). In caching mode 6.1 does not invalidate the device TLB.
   */
  "linux-vtd": ["block", "fence-wire"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/** The unbind after the exit of the process. */
export const VTD_UNBIND_ORDERS = {
  /** intel_pasid_tear_down_entry() finds an entry with FPD set that is not present, and drains. */
  "linux-6.12.117": [
    "stop",
    "lock",
    ...RING,
    "flush",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "erase",
    "unlock",
    "free",
    "remove",
  ],
  /** intel_pasid_tear_down_entry() returns at once, and intel_svm_unbind_mm() drains. */
  "linux-6.1.192": [
    "stop",
    "lock",
    ...RING,
    "unlock",
    "flush",
    "lock",
    "fence-wire",
    ...SETTLE,
    "fence-responses",
    "erase",
    "unlock",
    "remove",
    "free",
  ],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };
