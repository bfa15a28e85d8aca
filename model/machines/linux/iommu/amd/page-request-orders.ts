/**
 * The order in which AMD's driver turns the page request interface of a device off and on again, as a list of steps.
 *
 * Models  Linux 6.12.117, drivers/iommu/amd/iommu.c: detach_device(), pdev_disable_caps(), pdev_enable_cap_pri().
 * Omits   errors of the steps.
 */
import type { ControlStep } from "../drivers/page-requests/page-request-steps.ts";

export const AMD_INTERFACE_ORDERS = {
  /**
   * 6.12, AMD. Before it clears the entry (dev_update_dte()), detach_device() calls iopf_queue_flush_dev(), which waits for
   * queued work but not for the PPR log, then amd_iommu_iopf_remove_device() and pdev_disable_caps(). The next
   * pdev_enable_cap_pri() calls pci_reset_pri() and pci_enable_pri().
   */
  "linux-6.12.117-amd": ["drain-thread", "remove", "disable", "reset", "await-stopped", "allocate", "enable"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };
