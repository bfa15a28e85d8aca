/**
 * How VT-d's driver ends page faults of a device, as lists of steps.
 *
 * Models  Linux 6.1.192, drivers/iommu/intel/svm.c: intel_svm_unbind_mm(), intel_mm_release(), intel_svm_drain_prq(); 6.12.117,
 *         drivers/iommu/intel: intel_pasid_tear_down_entry(), device_block_translation(), intel_iommu_drain_pasid_prq().
 */
import { ANSWER } from "../iommufd/fault/auto-answer.ts";
import { RING, SETTLE, type TeardownStep } from "../drivers/teardown/teardown-steps.ts";

export const VTD_DETACH_ORDERS = {
  /** 6.1, VT-d: PASID entry and devTLB first, pasid_mutex dropped around the flush, the wire once more. */
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
  /** The same under caching mode, as in a guest: intel_pasid_tear_down_entry() leaves the devTLB out (D16). */
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
   * 6.12, VT-d, a PASID: entry and devTLB first, with ATS on, so that the queue is read after what that pushes. The
   * lock is iommu_sva_lock, which no work takes; iommu_sva_unbind_device() frees the handle after it drops it.
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
   * 6.12, VT-d, RID: ATS is off before the entry is torn down, so that its invalidation pushes nothing before the queue is
   * read, and the queue is not read again (D16).
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
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

export const VTD_EXIT_ORDERS = {
  /**
   * intel_mm_release(): entry and devTLB, which it waits for without sleeping; no drain (fault_ignore). 6.1 leaves the
   * devTLB out under caching mode.
   */
  "linux-vtd": ["block", "fence-wire"],
} as const satisfies { readonly [name: string]: readonly TeardownStep[] };

/** The unbind after that. */
export const VTD_UNBIND_ORDERS = {
  /** intel_pasid_tear_down_entry() finds an entry that is not present, with FPD set: it only drains. */
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
  /** intel_pasid_tear_down_entry() returns early, and intel_svm_unbind_mm() drains. */
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
