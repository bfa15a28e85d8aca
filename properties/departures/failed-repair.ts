/** Deliberate defects of `failed-repair`: what is written after a restore that failed, and an eviction that tells nobody. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "failed-repair", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: when },
});

export const failedRepairBreakages: Breakages = {
  departures: [
    broken(
      { onFailure: "no-retry" },
      ["RPR-3"],
      "a restore fails once for want of memory, and the next access of a page that is there stops the device",
    ),
    broken({ onFailure: "dummy" }, ["RPR-1"], "the device reads the dummy page, and nobody is told"),
    broken(
      { onFailure: "nothing" },
      ["RPR-4"],
      "the process has unmapped the page, and the access is retried for ever",
    ),
    broken({ evictTells: "nobody" }, ["RPR-1"], "the entry still has the place from which the page was moved"),
  ],
  unbroken: {},
};
