/** Deliberate defects of `table-levels`: a top that is read or written by halves, and flushes that are told too little. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "table-levels",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const THREE = { threads: 3 } as const;

export const tableLevelsBreakages: Breakages = {
  departures: [
    broken(
      { topWords: "root-then-levels" },
      ["LVL-1", "LVL-3", "LVL-7", "LVL-8", "LVL-9", "LVL-11"],
      "a walk takes the former levels with the new root (CVE-2025-39961)",
    ),
    broken(
      { topWords: "levels-then-root" },
      ["LVL-1", "LVL-3", "LVL-7", "LVL-8", "LVL-9", "LVL-11"],
      "a walk takes the new levels with the former root",
    ),
    broken(
      { growth: "published-first" },
      ["LVL-9"],
      "a map returns before the entry of the device has another level",
      THREE,
    ),
    broken({ growth: "unflushed" }, ["LVL-9"], "the IOMMU goes on with its copy of the entry"),
    broken({ growth: "keeps-lock" }, ["LVL-12"], "the next thread that adds a level waits for ever", THREE),
    broken(
      { growCheck: "before-lock" },
      ["LVL-1", "LVL-3", "LVL-7", "LVL-9"],
      "the second top leads to the table from before the first one, and loses what that one had",
      THREE,
    ),
    broken({ gathers: "nothing" }, ["LVL-3", "LVL-5"], "nothing is flushed (b48ca9206138)"),
    broken({ gathers: "range" }, ["LVL-5"], "the walk cache keeps a table that is freed"),
    broken({ freesTables: "before-flush" }, ["LVL-5"], "a table is freed while the walk cache has it"),
  ],
  unbroken: {},
};
