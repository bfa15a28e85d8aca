/** Deliberate defects of `table-entries`: steps left out and swapped, and settings that do not follow the hardware. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "table-entries",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const STALLS = { deviceHasAts: false, entryTables: 2 } as const;

export const tableEntriesBreakages: Breakages = {
  departures: [
    broken(
      { entryDetach: "zero-first" },
      ["ENT-1"],
      "the entry is zeroed while hardware has read its first word, and reads the second as zero (B38)",
    ),
    broken(
      { entryDetach: "ats-off-first" },
      ["ENT-5", "ENT-6", "ENT-9", "ENT-13"],
      "with ATS off the cache tag of the ATC is not found: it stays, and a flush uses it (B39)",
    ),
    broken(
      { stallSettings: "first-stage-only", stallModel: "forced" },
      ["ENT-3", "ENT-15"],
      "an SMMU that always stalls rejects a stage 2 entry without S2S (B40)",
      STALLS,
    ),
    broken(
      { stallSettings: "always", stallModel: "terminate-only" },
      ["ENT-3", "ENT-15"],
      "an SMMU that never stalls rejects an entry with the stall bit (B40)",
      STALLS,
    ),
    broken(
      { entryDetach: "no-invalidation" },
      ["ENT-1", "ENT-10", "ENT-12", "ENT-14"],
      "hardware continues to use the entry that it has read",
    ),
    broken({ entryDetach: "keeps-ats" }, ["ENT-21"], "nobody turns ATS off again (I16)"),
    broken(
      { entryDetach: "keeps-entry" },
      ["ENT-23"],
      "nobody zeroes the entry, and the next teardown finds words in an entry that is not present",
    ),
    broken({ entryDetach: "keeps-count" }, ["ENT-16"], "the reference to the page table is never dropped (I16)"),
    broken(
      { entryDetach: "tags-first" },
      ["ENT-10"],
      "an unmap finds no tag while the entry is present, and flushes nothing",
    ),
    broken(
      { entryAttach: "tags-last" },
      ["ENT-10"],
      "hardware has the page in a cache before there is a tag that says so",
    ),
    broken({ entryAttach: "present-first" }, ["ENT-1"], "hardware reads an entry that is not yet whole"),
    broken(
      { entryReplace: "detach-then-attach" },
      ["ENT-10"],
      "a replace that detaches and attaches has no tags while the old or the new entry is present",
      { entryTables: 2 },
    ),
    broken(
      { entryReplace: "detach-then-tag" },
      ["ENT-10"],
      "a replace that drops the tags of the old entry first has no tags while that entry is present",
      { entryTables: 2 },
    ),
    broken(
      { entryDetach: "tags-first", attachPath: "pasid" },
      ["ENT-10"],
      "an unmap in the domain of a PASID finds no tag while its entry is present, and flushes nothing",
    ),
    broken(
      { entryDetach: "tags-first", attachPath: "nested" },
      ["ENT-10"],
      "an unmap under a nested domain finds no tag while the entry is present, and flushes nothing",
    ),
    broken(
      { drainInvalidates: "always", entryDetach: "tags-first", deviceHasPri: true },
      ["ENT-16", "ENT-18", "ENT-19"],
      "after ATS is off, the drain invalidates the ATC of a device that never completes it, again at each time-out",
    ),
    broken({ entryReplace: "in-place" }, ["ENT-1"], "hardware reads one word of the old entry and one of the new", {
      entryTables: 2,
    }),
  ],
  unbroken: {},
};
