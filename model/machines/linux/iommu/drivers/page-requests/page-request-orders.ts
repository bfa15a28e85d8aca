/** How a page request interface, and the queue, are turned off and on again: lists of steps, of which the first is right. */
import { AMD_INTERFACE_ORDERS } from "../../amd/page-request-orders.ts";
import { VTD_INTERFACE_ORDERS } from "../../intel/page-request-orders.ts";
import type { ControlStep } from "./page-request-steps.ts";

const DRAIN = ["drain-queue", "drain-thread", "forget", "fence-responses"] as const;

export const INTERFACE_ORDERS = {
  standard: ["disable", "await-stopped", ...DRAIN, "reset", "allocate", "enable"],
  ...VTD_INTERFACE_ORDERS,
  ...AMD_INTERFACE_ORDERS,
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
