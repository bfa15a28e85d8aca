/** Deliberate defects of `ring-drain`: ends of a wait that come too early or never, and a reset that nobody keeps away. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "ring-drain", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: when },
});

export const ringDrainBreakages: Breakages = {
  departures: [
    broken({ resetLock: "none" }, ["DRN-5"], "a drain reads the pointer of a device in reset (before 5b57c3c3f223)"),
    broken({ resetLock: "after-mark" }, ["DRN-5"], "the mark is read before the lock of the reset is taken"),
    broken({ resetLock: "tries" }, ["DRN-6"], "a device in reset is passed over, and counts as drained"),
    broken({ timesOut: true }, ["DRN-6"], "a drain gives up while faults from before it wait"),
    broken(
      { waitEnds: "passed-or-empty" },
      ["DRN-1"],
      "both pointers are the same while the last entry is being handled",
    ),
    broken({ waitEnds: "reached" }, ["DRN-3"], "a reset has lost the entry whose stamp memory still has"),
    broken({ waitEnds: "position" }, ["DRN-1"], "the read pointer has passed an entry that is being handled"),
    broken(
      { waitEnds: "position", resetLock: "none" },
      ["DRN-1", "DRN-3", "DRN-5"],
      "a reset sets the pointers to 0, and the read pointer never comes to the position of the mark",
    ),
    broken(
      { resetWakes: false, resetLock: "none" },
      ["DRN-3", "DRN-5"],
      "the ring is empty after the reset, and nobody wakes the drain",
    ),
    broken({ stampsRestart: true }, ["DRN-1"], "the stamps from before the reset are later than the mark"),
  ],
  unbroken: {},
};
