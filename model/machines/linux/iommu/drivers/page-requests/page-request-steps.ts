/** What the steps of turning a page request interface, or the queue, off and on again are called. */
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
