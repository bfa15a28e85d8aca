/** Deliberate defects of `fault-object`: an error path in the wrong order, a count too few, a wait too short. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "fault-object",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});

export const faultObjectBreakages: Breakages = {
  departures: [
    {
      when: { failedCreation: "drops-twice" },
      breaks: ["OBJ-1", "OBJ-3", "OBJ-14"],
      reason:
        "the error path drops what the release of the file has dropped: the context is freed while it is used (B20)",
      shown: at({ failedCreation: "drops-twice" }),
    },
    {
      when: { failedCreation: "frees-first" },
      breaks: ["OBJ-1", "OBJ-3"],
      reason: "the release of the file runs after the object that it reads was freed (B21)",
      shown: at({ failedCreation: "frees-first" }),
    },
    {
      when: { failedCreation: "waits-first" },
      breaks: ["OBJ-10", "OBJ-12", "OBJ-14"],
      reason: "the error path waits for the release of a file that it still holds",
      shown: at({ failedCreation: "waits-first" }),
    },
    {
      when: { failedCreation: "keeps-object" },
      breaks: ["OBJ-12", "OBJ-14"],
      reason: "an object that was never published is never freed",
      shown: at({ failedCreation: "keeps-object" }),
    },
    {
      when: { objectPublished: "descriptor-late" },
      breaks: ["OBJ-15"],
      reason: "user space is told a number that get_unused_fd_flags() has not reserved yet",
      shown: at({ objectPublished: "descriptor-late" }),
    },
    {
      when: { objectPublished: "at-once" },
      breaks: ["OBJ-1", "OBJ-3", "OBJ-7", "OBJ-9", "OBJ-13", "OBJ-14"],
      reason: "a call finds an object that is taken back, or destroyed, before it is complete",
      shown: at({ recordReads: false, objectPublished: "at-once" }),
    },
    {
      when: { destroyWait: "bounded" },
      breaks: ["OBJ-9", "OBJ-14"],
      reason:
        "IOMMU_DESTROY gives up waiting for a call: the object is in no table and is never freed (the shape of B25)",
      shown: at({ destroyWait: "bounded" }),
    },
    {
      when: { destroyWait: "never" },
      breaks: ["OBJ-1"],
      reason: "a call that has dropped its user drops its short-term user after the object was freed",
      shown: at({ destroyWait: "never" }),
    },
    {
      when: { hwptReference: "short-term" },
      breaks: ["OBJ-7", "OBJ-9"],
      reason: "a destroy waits for a page table, as long as user space keeps the page table (B25, L5)",
      shown: at({ hwptReference: "short-term" }),
    },
    {
      when: { hwptReference: "nothing" },
      breaks: ["OBJ-1"],
      reason: "a fault under a page table goes to an object that was destroyed",
      shown: at({ hwptReference: "nothing" }),
    },
    {
      when: { recordInit: "left" },
      breaks: ["OBJ-5"],
      reason: "the reserved field is never initialized, and user space reads bytes of the kernel stack (B18)",
      shown: at({ recordInit: "left" }),
    },
    {
      when: { fdCloseOrder: "drop-then-read" },
      breaks: ["OBJ-1"],
      reason: "the release reads a field of the object after it has dropped its user (B22)",
      shown: at({ fdCloseOrder: "drop-then-read" }),
    },
  ],
  unbroken: {},
};
