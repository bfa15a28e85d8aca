/** Deliberate defects of `invalidation-list`: an unmap that misses who has cached the page, and devices that do not answer. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "invalidation-list",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const VARIES = { atsVaries: true } as const;
const PASID = { attachesPasid: true } as const;
const HANGS = { atcAnswers: false } as const;
const RESETS = { atcAnswers: false, deviceResets: true } as const;

export const invalidationListBreakages: Breakages = {
  departures: [
    broken(
      { unmapOrder: "no-barrier", listFence: "none" },
      ["INV-1", "INV-5"],
      "the list is read while the IOMMU still sees the entry, and a device joins and walks the table",
    ),
    broken(
      { unmapOrder: "read-too-early", listFence: "none" },
      ["INV-1", "INV-5"],
      "a device joins after the list was read and before the entry is cleared",
    ),
    broken(
      { unmapOrder: "atc-first" },
      ["INV-1"],
      "an ATC is filled again from the IOTLB between its invalidation and that of the IOTLB",
    ),
    broken({ unmapOrder: "atc-only" }, ["INV-1"], "the IOTLB keeps the page, and the IOMMU may still see the entry"),
    broken(
      { unmapOrder: "keeps-lock" },
      ["INV-10", "INV-11"],
      "a detach, and the next unmap, wait for ever for the list",
    ),
    broken(
      { listFence: "array-lock" },
      ["INV-1", "INV-5"],
      "an unmap goes on with an array that an attach has replaced: it misses who joined, and tells who left (7.3.4)",
      PASID,
    ),
    broken(
      { listFence: "grace-period" },
      ["INV-1"],
      "a device joins after the array was read, and its ATC is filled from the IOTLB",
    ),
    broken(
      { listFence: "none", unmapOrder: "iotlb-first" },
      ["INV-5"],
      "commands that were made under the lock are submitted after the detach (6.12)",
    ),
    broken(
      { attachOrder: "listed-last" },
      ["INV-1"],
      "a device uses its entry before it is on the list (VT-d, the RID)",
    ),
    broken(
      { attachOrder: "flag-last" },
      ["INV-1"],
      "an ATC invalidation passes over a device whose ATS is on and whose flag is not set yet (SMMUv3 of 6.12)",
    ),
    broken(
      { attachOrder: "ats-first", detachOrder: "atc-kept" },
      ["INV-1"],
      "an ATC that was not told of an unmap is in use again until the attach invalidates it (AMD, the RID)",
    ),
    broken({ attachOrder: "never-listed" }, ["INV-1", "INV-7"], "nobody tells the device"),
    broken(
      { detachOrder: "unlisted-first" },
      ["INV-1"],
      "a device uses its entry after it has left the list (VT-d, the RID)",
    ),
    broken({ detachOrder: "copy-kept" }, ["INV-3", "INV-18"], "hardware goes on with the entry that it has read"),
    broken(
      { pasidDetach: "copy-kept" },
      ["INV-1", "INV-3", "INV-18"],
      "hardware goes on with the entry of the PASID, and nobody invalidates its tag any more",
      PASID,
    ),
    broken(
      { detachOrder: "iotlb-kept", pasidDetach: "iotlb-kept" },
      ["INV-1"],
      "the IOTLB keeps the page under the tag of the PASID until that is attached again",
      PASID,
    ),
    broken(
      { detachOrder: "flushed-early", pasidDetach: "flushed-early" },
      ["INV-1"],
      "the IOTLB is filled again through an entry that is still there",
      PASID,
    ),
    broken({ detachOrder: "atc-kept" }, ["INV-1"], "an ATC goes to the next page table as it is", VARIES),
    broken({ detachOrder: "never-unlisted" }, ["INV-5", "INV-7"], "unmaps go on telling a device that has left"),
    broken({ pasidAttach: "listed-last" }, ["INV-1"], "a PASID uses its entry before it is on the list", PASID),
    broken(
      { pasidDetach: "unlisted-first" },
      ["INV-1"],
      "a PASID uses its entry after it has left the list (VT-d of 6.12)",
      PASID,
    ),
    broken(
      { countDrops: "new-state", skipsAtc: "count-zero" },
      ["INV-1", "INV-9"],
      "a device without ATS moves where it has ATS, and the count drops for another one (685ca577b408)",
      VARIES,
    ),
    broken({ countDrops: "never" }, ["INV-9"], "the count of devices with ATS only grows"),
    broken(
      { aliasFlush: "device-id" },
      ["INV-3", "INV-18"],
      "the entry of the alias stays in the context cache (CVE-2026-90240)",
      { deviceHasAlias: true },
    ),
    broken({ timeoutDoes: "ignored" }, ["INV-1"], "an ATC keeps a page that is freed (SMMUv3)", HANGS),
    broken({ timeoutDoes: "reports" }, ["INV-1"], "the unmap returns before the worker has blocked the device", HANGS),
    broken(
      { timeoutDoes: "retries" },
      ["INV-10", "INV-11"],
      "a device that does not answer keeps the unmap, and the list, for ever (VT-d)",
      HANGS,
    ),
    broken(
      { brokenAttach: "as-usual" },
      ["INV-1"],
      "one attach enables ATS behind its own time-out, and the next one writes an entry with ATS",
      { ...HANGS, ...VARIES },
    ),
    broken(
      { timeoutDoes: "clears-eats", brokenAttach: "as-usual" },
      ["INV-1"],
      "a move under way writes the entry with ATS again, and the ATC is as it was",
      { ...HANGS, ...VARIES },
    ),
    broken({ attachNotices: false }, ["INV-1"], "ATS is turned on after an invalidation that has timed out", HANGS),
    broken({ resetRestores: "always" }, ["INV-16"], "a device is attached again after a reset that has failed", RESETS),
    broken({ resetRestores: "never" }, ["INV-13"], "a device stays blocked after a reset that has succeeded", RESETS),
    broken({ resetClears: false }, ["INV-13"], "a device counts as broken after a reset that has succeeded", RESETS),
    broken({ blockedAttach: "allowed" }, ["INV-16"], "a device is attached that is blocked until a reset", RESETS),
  ],
  unbroken: {},
};
