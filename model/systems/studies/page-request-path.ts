/** The page request queue and its thread, as the focused models of handlers use them. */
import type { Component } from "../../../checker/system.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import { vtd } from "../../hardware/vtd.ts";
import { pageRequestQueue } from "../../machines/iommu/page-request-queue.ts";
import { prqThread, prqThreadSteps } from "../../machines/linux/iommu/drivers/prq-thread.ts";

/** VT-d's queue with so many usable slots; each slot is free as soon as its record was read. */
export const queueOf = (entries: number) =>
  pageRequestQueue({ ...vtd, pqEntries: entries, pqUsable: "N", headAdvance: "perEntry" });

export const queueThread = (
  role: string,
  discards: boolean,
  clearPolicy: Hardware["clearPolicy"] = "drainedOnly",
): Component => ({
  machine: prqThread,
  input: {
    clearPolicy,
    discards,
    discardWhen: "before-clear",
    acknowledgeWhen: "before-read",
    headAdvance: "perEntry",
    answersErrors: false,
  },
  role,
  events: prqThreadSteps,
});

/** What the thread says to the queue. */
export const TO_QUEUE = [
  "prq.clears-interrupt",
  "prq.pops",
  "prq.publishes-head",
  "prq.reads-registers",
  "prq.clears-overflow",
] as const;
/** And the queue to the thread. */
export const FROM_QUEUE = ["prq.record", "prq.empty", "prq.registers", "prq.interrupt"] as const;
