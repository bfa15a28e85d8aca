/** How a page request interface, and the queue, are turned off and on again: lists of steps, of which the first is right. */
export type ControlStep =
  /** Enable of the interface. */
  | "disable"
  | "enable"
  /** Waits until the interface says that it is stopped. */
  | "await-stopped"
  /** Waits until the queue is empty, the thread idle, and its answers have arrived. */
  | "drain-queue"
  | "drain-thread"
  | "fence-responses"
  /** Drops the partial faults, whose last requests hardware has answered meanwhile. */
  | "forget"
  /** iopf_queue_remove_device() of 6.12: drops the partial faults, and answers pending groups Invalid. */
  | "remove"
  /** The IOMMU answers last requests of the device Invalid, and queues none; or queues them again. */
  | "refuse"
  | "accept"
  | "reset"
  | "allocate"
  /** Enable of the queue in the IOMMU. */
  | "queue-off"
  | "queue-on";

const DRAIN = ["drain-queue", "drain-thread", "forget", "fence-responses"] as const;

export const INTERFACE_ORDERS = {
  standard: ["disable", "await-stopped", ...DRAIN, "reset", "allocate", "enable"],
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
  /**
   * 6.12, AMD: detach_device() calls iopf_queue_flush_dev(), which waits for the work on groups and not for the PPR log,
   * amd_iommu_iopf_remove_device() and pdev_disable_caps(), all before it clears the entry (dev_update_dte()). The next
   * pdev_enable_cap_pri() calls pci_reset_pri() and pci_enable_pri().
   */
  "linux-6.12.117-amd": ["drain-thread", "remove", "disable", "reset", "await-stopped", "allocate", "enable"],
  /** S18: nobody waits for Stopped. */
  "no-stopped": ["disable", "reset", "allocate", "enable"],
  /** Stopped is set after a Response Failure, although software still has requests of before. */
  "no-drain": ["disable", "await-stopped", "reset", "allocate", "enable"],
  /** Answers of before are still on their way. */
  "no-response-fence": [
    "disable",
    "await-stopped",
    "drain-queue",
    "drain-thread",
    "forget",
    "reset",
    "allocate",
    "enable",
  ],
  /** Credits of dead groups stay used. */
  "no-reset": ["disable", "await-stopped", ...DRAIN, "allocate", "enable"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

export const QUEUE_ORDERS = {
  standard: ["queue-off", "drain-queue", "drain-thread", "forget", "queue-on"],
  /** H38: what waits in the queue is lost where turning it on empties it. */
  "no-drain": ["queue-off", "queue-on"],
  /** As after an overflow (H1): the queue answered the end of a group whose beginning software has. */
  "no-forget": ["queue-off", "drain-queue", "drain-thread", "queue-on"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

export type InterfaceOrderName = keyof typeof INTERFACE_ORDERS;
export type QueueOrderName = keyof typeof QUEUE_ORDERS;
