/**
 * The orders that turn a page request interface, or the page request queue, off and on again, as lists of steps. The first
 * order of each table is right.
 */
import { AMD_INTERFACE_ORDERS } from "../../amd/page-request-orders.ts";
import { VTD_INTERFACE_ORDERS } from "../../intel/page-request-orders.ts";
import type { ControlStep } from "./page-request-steps.ts";

const DRAIN = ["drain-queue", "drain-thread", "forget", "fence-responses"] as const;

export const INTERFACE_ORDERS = {
  standard: ["disable", "await-stopped", ...DRAIN, "reset", "allocate", "enable"],
  ...VTD_INTERFACE_ORDERS,
  ...AMD_INTERFACE_ORDERS,
  /** S18 (no request after a failure until Stopped): no wait for Stopped. */
  "no-stopped": ["disable", "reset", "allocate", "enable"],
  /** Stopped is set after a Response Failure, although software still holds older requests. */
  "no-drain": ["disable", "await-stopped", "reset", "allocate", "enable"],
  /** The thread may have a record in hand when the partial faults are discarded. */
  "no-thread-drain": [
    "disable",
    "await-stopped",
    "drain-queue",
    "forget",
    "fence-responses",
    "reset",
    "allocate",
    "enable",
  ],
  /** Older responses are still in flight. */
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
  /** The credits of dead groups stay used. */
  "no-reset": ["disable", "await-stopped", ...DRAIN, "allocate", "enable"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

export const QUEUE_ORDERS = {
  standard: ["queue-off", "drain-queue", "drain-thread", "forget", "queue-on"],
  /** H38 (enabling the queue loses its requests): queued requests are lost where enabling empties the queue. */
  "no-drain": ["queue-off", "queue-on"],
  /** The thread keeps the record that it has in hand after the partial faults were discarded. */
  "no-thread-drain": ["queue-off", "drain-queue", "forget", "queue-on"],
  /** H1 (stale partial fault): hardware responds to the last request of a group whose partial faults software keeps. */
  "no-forget": ["queue-off", "drain-queue", "drain-thread", "queue-on"],
} as const satisfies { readonly [name: string]: readonly ControlStep[] };

export type InterfaceOrderName = keyof typeof INTERFACE_ORDERS;
export type QueueOrderName = keyof typeof QUEUE_ORDERS;
