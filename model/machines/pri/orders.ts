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
  | "reset"
  | "allocate"
  /** Enable of the queue in the IOMMU. */
  | "queue-off"
  | "queue-on";

const DRAIN = ["drain-queue", "drain-thread", "forget", "fence-responses"] as const;

export const INTERFACE_ORDERS = {
  standard: ["disable", "await-stopped", ...DRAIN, "reset", "allocate", "enable"],
  /**
   * Linux 6.1 and 6.12: iopf_queue_remove_device() and pci_disable_pri(), then at the next enable pci_reset_pri(), which
   * does not look at Stopped, and pci_enable_pri(), which returns -EBUSY without it. That everything was drained before, is
   * the caller's affair (S18).
   */
  linux: ["forget", "disable", "reset", "await-stopped", "allocate", "enable"],
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
