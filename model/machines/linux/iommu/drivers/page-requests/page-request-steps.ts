/** The steps that turn a page request interface, or the page request queue, off and on again (page-request-orders.ts). */
export type ControlStep =
  /** pci_disable_pri() and pci_enable_pri(). */
  | "disable"
  | "enable"
  /** Waits for Stopped in the status of the interface. */
  | "await-stopped"
  /** Waits until the queue is empty; until the thread is idle; until its responses have reached the device. */
  | "drain-queue"
  | "drain-thread"
  | "fence-responses"
  /** Discards the partial faults: hardware has responded to their last requests meanwhile. */
  | "forget"
  /** iopf_queue_remove_device() of 6.12: frees the partial faults and responds Invalid to pending groups. */
  | "remove"
  /** The IOMMU refuses requests of the device with Invalid and queues none; or accepts them again. */
  | "refuse"
  | "accept"
  /** pci_reset_pri(); and the credits of the interface are set (Outstanding Page Request Allocation). */
  | "reset"
  | "allocate"
  /** The page request queue of the IOMMU is disabled, and enabled. */
  | "queue-off"
  | "queue-on";
