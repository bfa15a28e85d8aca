/** Deliberate defects of `late-records`: a record in the wrong order, in the wrong place or too late, and who is made to wait. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "late-records", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: when },
});

export const lateRecordsBreakages: Breakages = {
  departures: [
    broken(
      { copyOrder: "status-first" },
      ["LRC-1"],
      "a process polls the status, and reads the rest before it is there",
    ),
    broken({ copyOrder: "status-alone" }, ["LRC-1"], "the page of the rest was not there, and the status is written"),
    broken(
      { closeHoldsLog: true },
      ["LRC-6", "LRC-8", "LCK-11"],
      "a close waits with evl->lock held for a copy whose page does not come",
    ),
    broken(
      { blockOnFault: true },
      ["LRC-6", "LRC-8"],
      "the engine waits for a page of one queue, and serves no other meanwhile",
    ),
    broken(
      { closeOmits: "device-drain" },
      ["LRC-3", "LRC-5"],
      "the device completes a descriptor after the close has ended",
    ),
    broken({ closeOmits: "marks" }, ["LRC-3"], "an entry of the log is copied to the next process with the PASID"),
    broken({ closeOmits: "work-drain" }, ["LRC-3", "LRC-5"], "a copy is under way or queued when the close ends"),
  ],
  unbroken: {},
};
