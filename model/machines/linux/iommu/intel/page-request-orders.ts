/**
 * The orders in which VT-d's driver turns the page request interface of a device off and on again, as lists of steps.
 *
 * Models  Linux 6.1.192, drivers/iommu/intel/iommu.c: iommu_disable_dev_iotlb(), iommu_enable_pci_caps(). Linux 6.12.117,
 *         drivers/iommu/intel/iommu.c: intel_iommu_enable_iopf(), intel_iommu_disable_iopf(), device_block_translation().
 * Omits   errors of the steps: with Stopped clear pci_enable_pri() returns -EBUSY, where "await-stopped" waits.
 */
import type { ControlStep } from "../drivers/page-requests/page-request-steps.ts";

export const VTD_INTERFACE_ORDERS = {
  /**
   * 6.1, VT-d. At a detach iommu_disable_dev_iotlb() calls pci_disable_pri(). At the next attach iommu_enable_pci_caps()
   * calls pci_reset_pri() and pci_enable_pri(). There is no drain: intel_iommu_disable_sva() takes the device off its IOPF
   * queue. In all three orders of Linux pci_reset_pri() does not read Stopped: S18 (no request after a failure until
   * Stopped). pci_enable_pri() reads it ("await-stopped"), and after Reset it is always set.
   */
  "linux-6.1.192": ["disable", "reset", "await-stopped", "allocate", "enable"],
  /**
   * 6.12, VT-d, a domain with page faults. device_block_translation() blocks the device and drains.
   * intel_iommu_disable_iopf() takes the device off its IOPF queue and calls pci_disable_pri(). At the next attach
   * intel_iommu_enable_iopf() calls pci_reset_pri() and pci_enable_pri(). "refuse" is the entry that is not present, and
   * context_flip_pri() after it.
   */
  "linux-6.12.117": [
    "refuse",
    "drain-queue",
    "drain-thread",
    "fence-responses",
    "remove",
    "disable",
    "reset",
    "accept",
    "await-stopped",
    "allocate",
    "enable",
  ],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };
