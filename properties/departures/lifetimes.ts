/** Deliberate defects of `lifetimes`: a count that is not taken, or not dropped, and a lock that is not. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "lifetimes",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});
const stays = (set: Settings): Request => at({ deviceLeaves: false, ...set });

export const lifetimesBreakages: Breakages = {
  departures: [
    {
      when: { iopfDisable: "unlocked", allocations: "may-fail" },
      breaks: ["REF-3", "REF-5"],
      reason: "the removal frees the group that lies on the reporter's stack, because it is on the pending list (D6)",
      shown: stays({ itemPages: 1, iopfDisable: "unlocked" }),
    },
    {
      when: { iopfDisable: "unlocked", partialsAtRemoval: "freed" },
      breaks: ["REF-3", "REF-7", "REF-9"],
      reason:
        "a reporter that took its reference before the removal finds fault_param->partial with freed partial faults (D19)",
      shown: stays({ allocations: "succeed", iopfDisable: "unlocked" }),
    },
    {
      when: { partialsAtRemoval: "kept" },
      breaks: ["REF-9", "REF-17"],
      reason: "the device is removed with partial faults, and their list is not freed (B-34)",
      shown: at({ partialsAtRemoval: "kept" }),
    },
    {
      when: { deviceReference: "kept" },
      breaks: ["REF-13", "REF-17"],
      reason: "each request keeps a reference to the device, which is never freed (B31)",
      shown: at({ deviceReference: "kept" }),
    },
    {
      when: { answersUnknown: false },
      breaks: ["REF-18"],
      reason: "the last request of a device that is not found gets no response (H18)",
      shown: at({ answersUnknown: false }),
    },
    {
      when: { deviceRelease: "unlocked" },
      breaks: ["REF-1", "REF-3", "REF-7", "REF-9", "REF-14", "REF-17"],
      reason: "a report goes on with a device that was released after its look-up (B42)",
      shown: at({ allocations: "succeed", iopfToggles: false, deviceRelease: "unlocked" }),
    },
    {
      when: { paramReferences: false },
      breaks: ["REF-3", "REF-10"],
      reason:
        "turning page faults off frees the fault parameters, which a group that waits for its response still names (B43)",
      shown: at({ paramReferences: false }),
    },
    {
      when: { deviceRelease: "put-first" },
      breaks: ["REF-20"],
      reason: "the first reference is put before dev->iommu is freed, and no other reference keeps struct device",
      shown: at({ deviceRelease: "put-first" }),
    },
    {
      when: { deviceRelease: "answered-late" },
      breaks: ["REF-1"],
      reason: "the response to a group reads freed dev->iommu of the device (I32)",
      shown: at({ deviceRelease: "answered-late" }),
    },
    {
      when: { deviceRelease: "unanswered" },
      breaks: ["REF-14", "REF-17"],
      reason: "groups that user space has read and does not answer get no response (L5)",
      shown: at({ deviceRelease: "unanswered" }),
    },
    {
      when: { iopfDisable: "awaiting" },
      breaks: ["LCK-10", "LCK-11", "REF-11", "REF-16", "REF-17", "DEADLOCK"],
      reason:
        "turning page faults off waits for a group to which only user space can respond, and blocks all reports (L5, I26)",
      shown: at({ slots: 2, iopfDisable: "awaiting" }),
    },
  ],
  unbroken: {},
};
