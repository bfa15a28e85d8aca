/** Deliberate defects of the dirty log: marks left out, steps swapped, groups counted wrongly. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (host: string, set: Settings): Request => ({
  system: "dirty-log",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});
const linux = (set: Settings): Request => at("linux-6.1.192", set);

export const dirtyLogBreakages: Breakages = {
  departures: [
    {
      when: { pinsAt: "fault", fullWhen: "mapped", driverPins: false },
      breaks: ["DRT-1"],
      reason: "a full report requires mappings that DMA_MAP has mapped, and with faults there is none (D-07)",
      shown: at("rfc-v3", { fullWhen: "mapped", driverPins: false }),
    },
    {
      when: { detachFills: false, driverPins: false },
      breaks: ["DRT-1"],
      reason: "the group that may write everything is detached, and the report is no longer full (B-06)",
      shown: linux({ detachFills: false, driverPins: false }),
    },
    {
      when: { narrowFills: false, earlyWrites: true, pages: 2 },
      breaks: ["DRT-1"],
      reason: "the scope of a group narrows to pinned pages, and what it wrote before is not reported",
      shown: linux({ earlyWrites: true, pages: 2 }),
    },
    {
      when: { narrows: "any-group", groupDevices: 2 },
      breaks: ["DRT-1"],
      reason: "a driver narrows the scope of its group, and another device of it writes as before (B-08)",
      shown: linux({ narrows: "any-group", groupDevices: 2 }),
    },
    {
      when: { scopeCounts: "each-pin" },
      breaks: ["DRT-2", "DRT-3"],
      reason: "each pin decrements num_non_pinned_groups, and not only the first pin of a group (I-45)",
      shown: linux({ scopeCounts: "each-pin" }),
    },
    {
      when: { startMarks: false },
      breaks: ["DRT-1", "DRT-5"],
      reason: "START leaves out the pages that are pinned already",
      shown: linux({ startMarks: false }),
    },
    {
      when: { pinMarks: false },
      breaks: ["DRT-1", "DRT-5"],
      reason: "a pin does not mark its page, and if it is unpinned before the next report nothing marks it",
      shown: linux({ pinMarks: false }),
    },
    {
      when: { unpinKeeps: false },
      breaks: ["DRT-1"],
      reason: "an unpin takes the mark of what was written while the page was pinned (VFIO facts 2.5)",
      shown: linux({ unpinKeeps: false }),
    },
    {
      when: { getOrder: "clear-only" },
      breaks: ["DRT-1", "DRT-5"],
      reason: "GET does not mark pinned pages again, which may be written at any time",
      shown: linux({ getOrder: "clear-only" }),
    },
    {
      when: { getOrder: "remark-then-clear" },
      breaks: ["DRT-1", "DRT-5"],
      reason: "GET marks pinned pages again, and then clears the bitmap",
      shown: linux({ getOrder: "remark-then-clear" }),
    },
    {
      when: { getOrder: "clear-then-copy" },
      breaks: ["DRT-1"],
      reason: "GET clears the bitmap before it copies it",
      shown: linux({ getOrder: "clear-then-copy" }),
    },
    {
      when: { unmapReports: false },
      breaks: ["DRT-1"],
      reason: "DMA_UNMAP takes the bitmap away without a report (U3b)",
      shown: linux({ unmapReports: false, driverPins: false }),
    },
    {
      when: { startUnwinds: "failed-one", mappings: 2, allocationFails: true },
      breaks: ["DRT-4"],
      reason: "START that fails frees the bitmap that it did not get, and keeps those that it got (B-01)",
      shown: linux({ startUnwinds: "failed-one", driverPins: false, pages: 2, mappings: 2, allocationFails: true }),
    },
    {
      when: { failedStart: "keeps-lock", allocationFails: true },
      breaks: ["DRT-6", "DRT-7", "DRT-8", "DRT-9", "LCK-10", "LCK-11"],
      reason: "START that finds no memory returns with iommu->lock held (the pattern of D-04)",
      shown: at("rfc-v3", { failedStart: "keeps-lock", allocationFails: true }),
    },
    {
      when: { writeMarks: "by-length", mediated: true, pages: 2 },
      breaks: ["DRT-1"],
      reason: "of a write across a page boundary only the first page is marked (B-07)",
      shown: linux({ writeMarks: "by-length", mediated: true, pages: 2, iommuGroups: 0, driverPins: false }),
    },
  ],
  unbroken: {},
};
