/** Deliberate defects of `flushers`: numbers out of order, waits that nobody ends, and a refused command that nobody is told of. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "flushers", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: { ...around, ...when } },
});

const SILENT = { fenceWait: "own-slot", suspectDevice: "silent" } as const;
const REFUSED = { fenceWait: "own-slot", refusesCommand: true } as const;

export const flushersBreakages: Breakages = {
  departures: [
    broken(
      { fenceNumber: "before-lock" },
      ["FLS-1"],
      "a flush takes the smaller number and queues its commands after a larger one, whose fence then ends its wait (CVE-2026-43220)",
    ),
    broken(
      { fenceWait: "exactly" },
      ["FLS-4", "FLS-5"],
      "a later fence overwrites the number before its flusher has looked, which then waits for ever",
    ),
    broken(
      { abortedSlots: "odd-slots" },
      ["FLS-4", "FLS-5", "DEADLOCK"],
      "software steps over every other slot, and the wait of a flush that takes three is never marked (VT-d, 2026-03)",
      { ...SILENT, firstInvalidations: 2 },
    ),
    broken(
      { afterAbort: "retries" },
      ["FLS-4", "FLS-5"],
      "the flush of a device that does not answer begins again for ever (20231228170504.720794-3)",
      SILENT,
    ),
    broken(
      { refusedBecomes: "fence" },
      ["FLS-1"],
      "a fence takes the place of a refused invalidation, and its flush returns success (RISC-V, 2026-06-23)",
      REFUSED,
    ),
    broken(
      { refusedBecomes: "stays" },
      ["FLS-4", "FLS-5"],
      "a refused command stays at the head, and every flush behind it waits for ever",
      REFUSED,
    ),
  ],
  unbroken: {},
};
