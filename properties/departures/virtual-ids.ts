/** Deliberate defects of `virtual-ids`: an attach that asks for too little, and a virtual ID that is looked up too seldom. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (
  when: Settings,
  breaks: readonly string[],
  reason: string,
  { besides = {}, host = "intended" }: { readonly besides?: Settings; readonly host?: string } = {},
): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "virtual-ids",
    hardware: ANY_HARDWARE,
    host,
    bounds: "small",
    set: { ...when, ...besides },
  },
});

export const virtualIdsBreakages: Breakages = {
  departures: [
    broken(
      { attachNeeds: "nothing" },
      ["VID-1"],
      "a device is attached to a nested HWPT, and its events have no virtual ID (J28)",
    ),
    broken(
      { attachNeeds: "nothing", virtCopy: "each-attach" },
      ["VID-1", "VID-5"],
      "an attach without a vDEVICE leaves the driver without a virtual ID (J28)",
    ),
    broken(
      { virtCopy: "each-attach" },
      ["VID-3"],
      "an event carries the ID of a vDEVICE that was destroyed, or made again with another ID (J29, J30)",
    ),
    broken(
      { virtCopy: "new-viommu" },
      ["VID-5"],
      "a replace within the vIOMMU keeps the ID of a vDEVICE that was destroyed (J30)",
      { besides: { nestedHwpts: 2, hasQueue: false }, host: "linux-7.3.4-smmuv3" },
    ),
  ],
  unbroken: {},
};
