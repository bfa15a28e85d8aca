/** What properties ask of the parameters of a system. */
import type { Json } from "../../checker/json.ts";
import type { Hardware } from "../../model/hardware/hardware.ts";
import type { Host } from "../../model/hosts/host.ts";
import type { Bounds } from "../../model/systems/bounds.ts";

export interface Parameters {
  readonly hardware: Hardware;
  readonly host: Host;
  readonly bounds: Bounds;
}

/** Applies where the parameters are those of a page fault system and the condition is true of them. */
export const where =
  (condition: (parameters: Parameters) => boolean) =>
  (parameters: Json): boolean => {
    const known = parameters as unknown as Partial<Parameters> | null;
    return known?.hardware !== undefined && known.host !== undefined && known.bounds !== undefined
      ? condition(known as Parameters)
      : false;
  };

/** Slots of the page-request queue that can be in use at a time. */
export const usable = ({ pqEntries, pqUsable }: Hardware): number => (pqUsable === "N" ? pqEntries : pqEntries - 1);

/** Whether the page-request queue can overflow at all: more credits than slots, or slots kept after their response. */
export const canOverflow = ({ hardware, bounds }: Parameters): boolean =>
  hardware.headAdvance === "batch" || bounds.devices * hardware.creditsPerDev > usable(hardware);

export const hasMultiPageGroups = ({ hardware, bounds }: Parameters): boolean =>
  Math.min(bounds.itemPages, bounds.pages, hardware.groupMax, hardware.creditsPerDev) > 1;

/** Whether a device can have more requests on their way at a time than the queue has slots. */
export function overflows({ hardware, bounds }: Parameters): boolean {
  const longest = Math.min(bounds.itemPages, bounds.pages, hardware.groupMax, hardware.creditsPerDev);
  return bounds.devices * Math.min(hardware.creditsPerDev, bounds.slots * longest) > usable(hardware);
}

/** Whether mapped pages are ever released. */
export const releases = ({ host, bounds }: Parameters): boolean =>
  bounds.unmaps || (host.reclaim !== "none" && host.limit > 0 && host.limit < bounds.pages);

/** Whether they are while a device has an access in flight: a handler evicts only while the device that faulted waits. */
export const releasesDuringDma = (built: Parameters): boolean =>
  releases(built) && (built.bounds.unmaps || built.host.reclaim === "periodic" || built.bounds.devices * built.bounds.slots > 1);

/** Whether the limit makes the handler refuse. */
export const refuses = ({ host, bounds }: Parameters): boolean =>
  host.reclaim === "none" && host.limit > 0 && host.limit < bounds.pages;
