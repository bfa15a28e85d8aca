/**
 * How VT-d's driver turns the page request interface of a device off and on again, as lists of steps.
 *
 * Models  Linux 6.1.192, drivers/iommu/intel/iommu.c: iommu_disable_dev_iotlb(), iommu_enable_pci_caps(); 6.12.117: intel/iommu.c
 *         intel_iommu_enable_iopf(), intel_iommu_disable_iopf(), device_block_translation().
 */
import type { ControlStep } from "../drivers/page-requests/page-request-steps.ts";

export const VTD_INTERFACE_ORDERS = {
  /**
   * 6.1, VT-d: pci_disable_pri() in iommu_disable_dev_iotlb(), at a detach, then pci_reset_pri() and pci_enable_pri() in
   * iommu_enable_pci_caps(), at the next attach. Nothing is drained: the device leaves its IOPF queue elsewhere
   * (intel_iommu_disable_sva()). In all three orders of Linux pci_reset_pri() does not look at Stopped (S18), and
   * "await-stopped" is the look of pci_enable_pri(). That returns -EBUSY without Stopped, where this order would wait; after
   * Reset it is always set.
   */
  "linux-6.1.192": ["disable", "reset", "await-stopped", "allocate", "enable"],
  /**
   * 6.12, VT-d, a domain with page faults: device_block_translation() blocks the device, then drains; then comes
   * intel_iommu_disable_iopf(), which removes the device from its IOPF queue and calls pci_disable_pri(). At the next
   * attach intel_iommu_enable_iopf() calls pci_reset_pri() and pci_enable_pri(). "refuse" stands for the entry that is not
   * present, and for context_flip_pri() after it.
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
