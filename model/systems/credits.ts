/** How many page requests fit into the queue, and how many a device may have outstanding. */
import type { Hardware } from "../hardware/hardware.ts";
import type { Bounds } from "./bounds.ts";

/** Slots of the page request queue that can be in use at a time (K2). */
export const usableSlots = ({ pqEntries, pqUsable }: Pick<Hardware, "pqEntries" | "pqUsable">): number =>
  pqUsable === "N" ? pqEntries : pqEntries - 1;

/** Page requests that each device may have outstanding (K3), cut down if all together have to fit into the queue (K4). */
export function allocationOf({ hardware, bounds }: { readonly hardware: Hardware; readonly bounds: Bounds }): number {
  if (hardware.creditPolicy === "oversubscribed") return hardware.creditsPerDev;
  return Math.min(hardware.creditsPerDev, Math.max(1, Math.floor(usableSlots(hardware) / bounds.devices)));
}

/** Most pages that one work item of a device can ask for in one group. */
export const longestItem = (built: { readonly hardware: Hardware; readonly bounds: Bounds }): number =>
  Math.min(built.bounds.itemPages, built.bounds.pages, built.hardware.groupMax, allocationOf(built));
