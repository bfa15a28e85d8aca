/** Deliberate defects in the model of memory events. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (happens: string, set: Settings, host = "hmm"): Request => ({
  system: "mm-events",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set: { happens, ...set },
});

export const mmEventsBreakages: Breakages = {
  departures: [
    {
      when: { sequenceCompared: false },
      breaks: ["MMX-1", "MMX-3"],
      reason: "a handler maps the frame that it got before an invalidation of which it knows nothing (I-14)",
      shown: at("discards", { sequenceCompared: false }),
    },
    {
      when: { sequenceCompared: false, happens: "copies" },
      breaks: ["MMX-4"],
      reason: "a handler maps for writing what has become shared since it got it (I-14)",
      shown: at("copies", { sequenceCompared: false }),
    },
    {
      when: { watches: "first-mm" },
      breaks: ["MMX-1"],
      reason: "the second process of the container has no MMU notifier (D-14)",
      shown: at("discards", { watches: "first-mm", pages: 2, mms: 2 }),
    },
    {
      when: { hearsExit: false },
      breaks: ["MMX-1", "MMX-3", "MMX-10"],
      reason: "the kernel unregisters the notifiers of a process that exits before it frees its memory (I-42)",
      shown: at("exits", { hearsExit: false }),
    },
    {
      when: { takesReference: false },
      breaks: ["MMX-10"],
      reason: "a fault after the exit gets a page for a process that is gone, and the page is never freed (I-42)",
      shown: at("exits", { takesReference: false }),
    },
    {
      when: { nonBlockable: "sleeps" },
      breaks: ["MMX-6"],
      reason: "the callback waits for a lock on behalf of the OOM reaper, which must not wait (I-12)",
      shown: at("oom", { nonBlockable: "sleeps" }),
    },
    {
      when: { callback: "invalidate-range", forcesFlush: true },
      breaks: ["MMX-6"],
      reason: "the callback takes a mutex under the spinlock of the page table (D-18)",
      shown: at("discards", { forcesFlush: true }, "rfc-v2"),
    },
    {
      when: { callback: "invalidate-range", happens: "copies" },
      breaks: ["MMX-14", "MMX-15", "MMX-16", "LCK-10", "LCK-11", "DEADLOCK"],
      reason: "the handler copies a shared page while it holds the lock that the callback wants (D-06)",
      shown: at("copies", {}, "rfc-v2"),
    },
    {
      when: { vaddrInCallback: "waits" },
      breaks: ["MMX-16"],
      reason: "the callback waits for addresses from the process whose system call it runs in (D-24)",
      shown: at("updates", { vaddrInCallback: "waits" }),
    },
    {
      when: { vaddrInCallback: "waits", waitError: "keeps-lock" },
      breaks: ["MMX-1", "MMX-3", "MMX-15", "LCK-10", "LCK-11", "DEADLOCK"],
      reason: "if its wait fails, the callback returns with the lock held and the page mapped (D-04)",
      shown: at("updates", { vaddrInCallback: "waits", waitError: "keeps-lock" }),
    },
    {
      when: { whileWithheld: "ignores" },
      breaks: ["MMX-8"],
      reason: "the handler uses an address that the process has withheld (I-43)",
      shown: at("updates", { whileWithheld: "ignores" }),
    },
    {
      when: { whileWithheld: "refuses" },
      breaks: ["MMX-12"],
      reason: "a legal access is aborted because the process updates its addresses (I-43)",
      shown: at("updates", { whileWithheld: "refuses" }),
    },
    {
      when: { exitWakes: false },
      breaks: ["DEADLOCK"],
      reason: "a handler waits for addresses of a process that is gone (B-04)",
      shown: at("updates", { exitWakes: false }),
    },
    {
      when: { unmapReturns: "larger", onMismatch: "leaves" },
      breaks: ["MMX-13", "MMX-14"],
      reason: "the bits of cleared entries stay set, so faults get Success and no page is mapped (N5, D-08)",
      shown: at("discards", { unmapReturns: "larger", onMismatch: "leaves", pages: 2 }),
    },
    {
      when: { unmapReturns: "larger", onMismatch: "clears-asked" },
      breaks: ["MMX-13", "MMX-14"],
      reason: "the neighbour's bit stays set after its entry was cleared with the superpage (N5, D-08)",
      shown: at("discards", { unmapReturns: "larger", onMismatch: "clears-asked", pages: 2 }),
    },
    {
      when: { readMaps: "asked", bitPer: "page" },
      breaks: ["MMX-13", "MMX-14"],
      reason: "a write fault finds the bit that a read has set, and nothing is mapped for writing (I-11)",
      shown: at("copies", { bitPer: "page" }),
    },
    {
      when: { callbackLooks: "unlocks-after" },
      breaks: ["MMX-13", "MMX-19"],
      reason: "the callback drops the lock, and DMA_UNMAP frees the mapping that it has found (84211b1c0db6)",
      shown: at("discards", { callbackLooks: "unlocks-after", dmaUnmaps: true }),
    },
    {
      when: { dmaUnmapOrder: "sync-unlocked" },
      breaks: ["MMX-1", "MMX-3"],
      reason: "the callback finds no bit, and the page is freed while the IOTLB of an unmap still holds it (I7)",
      shown: at("discards", { dmaUnmapOrder: "sync-unlocked", dmaUnmaps: true }),
    },
    {
      when: { dmaUnmapOrder: "unlinks-unlocked" },
      breaks: ["MMX-1", "MMX-3", "MMX-19"],
      reason: "the mapping is freed while a callback works on it (I-30)",
      shown: at("discards", { dmaUnmapOrder: "unlinks-unlocked", dmaUnmaps: true }),
    },
    {
      when: { dmaUnmapOrder: "unlinks-last" },
      breaks: ["MMX-1", "MMX-3", "MMX-21"],
      reason: "a handler maps the page again before the mapping is unlinked, and nobody unmaps it (I-01)",
      shown: at("discards", { dmaUnmapOrder: "unlinks-last", dmaUnmaps: true }),
    },
    {
      when: { dmaUnmapOrder: "no-sync" },
      breaks: ["MMX-1", "MMX-3", "MMX-21"],
      reason: "the IOTLB keeps what DMA_UNMAP has cleared (I-01)",
      shown: at("discards", { dmaUnmapOrder: "no-sync", dmaUnmaps: true }),
    },
    {
      when: { callback: "invalidate-range", happens: "copies", dmaUnmaps: true },
      breaks: ["MMX-22"],
      reason: "DMA_UNMAP waits for the lock of a handler that waits for its own callback (D-06)",
      shown: at("copies", { dmaUnmaps: true }, "rfc-v2"),
    },
    {
      when: { vaddrInCallback: "waits", waitError: "keeps-lock", dmaUnmaps: true },
      breaks: ["MMX-22"],
      reason: "DMA_UNMAP waits for a lock that a callback has left held (D-04)",
      shown: at("updates", { vaddrInCallback: "waits", waitError: "keeps-lock", dmaUnmaps: true }),
    },
  ],
  unbroken: {},
};
