/** Deliberate defects of `queue-pages`: an unmap that takes pinned pages, or a part of what it was asked for. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "queue-pages", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: when },
});

export const queuePagesBreakages: Breakages = {
  departures: [
    broken({ unmapLocked: "ignored" }, ["HWQ-1"], "pages are unmapped that a hardware queue still uses (J62)"),
    broken(
      { unmapWalk: "area-by-area" },
      ["HWQ-3"],
      "an unmap over several areas ends at the pinned one, and those before are gone (J62)",
    ),
  ],
  unbroken: {},
};
