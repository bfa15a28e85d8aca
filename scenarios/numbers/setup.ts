/** The systems that the questions simulate, by what differs. */
import { costs } from "../../model/costs/costs.ts";
import { smmuStall } from "../../model/hardware/smmu-stall.ts";
import { vtd } from "../../model/hardware/vtd.ts";
import { rfcV1, rfcV1OnGroups } from "../../model/hosts/rfc-v1.ts";
import { rfcV2 } from "../../model/hosts/rfc-v2.ts";
import type { Configuration } from "../../model/systems/configuration.ts";
import { BASE_BOUNDS } from "../../model/systems/systems.ts";

interface Size {
  readonly pages: number;
  /** DMAs in flight. */
  readonly slots?: number;
}

const configured = ({ pages, slots = 1 }: Size): Pick<Configuration, "hardware" | "bounds"> => ({
  hardware: { ...smmuStall, stallSlots: slots, evtqEntries: slots },
  bounds: { name: "large", ...BASE_BOUNDS, pages, slots, commands: slots + 3 },
});

/** RFC v2 on hardware that stalls: nothing stays pinned, and a fault maps up to `premap` pages. */
export const preMapping = (size: Size, premap: number): Configuration => ({
  ...configured(size),
  host: { ...rfcV2, premap },
});

/** RFC v1 on hardware that stalls: pages stay pinned; at the limit the handler evicts the least recently mapped one. */
export const limited = (size: Size, limit: number): Configuration => ({
  ...configured(size),
  host: { ...rfcV1, limit, reclaim: "direct" },
});

interface Requesting extends Size {
  readonly devices: number;
  readonly slots: number;
  /** Of the page request queue; one of them always stays empty. */
  readonly entries: number;
  readonly limit: number;
}

/**
 * Page requests of several devices in the queue of one VT-d. The handler runs on the thread that reads the queue (RFC v1), or
 * whole groups go to a worker (the core of 6.12).
 */
export function requesting(size: Requesting, handler: "on the thread" | "of groups"): Configuration {
  const { pages, devices, slots, entries, limit } = size;
  const host = handler === "of groups" ? rfcV1OnGroups : rfcV1;
  return {
    hardware: { ...vtd, pqEntries: entries, creditsPerDev: slots },
    host: { ...host, limit, reclaim: "direct" },
    bounds: { name: "large", ...BASE_BOUNDS, devices, pages, slots, instances: 4, commands: 2 * devices * slots },
  };
}

/** With static pinning no DMA faults: each access takes its time and nothing else. */
export const pinnedPerNs = (slots: number, access: number = costs.access.ns): number => slots / access;

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
