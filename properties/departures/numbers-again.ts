/** Deliberate defects of `numbers-again`: a number that comes again too early, or that two owners have. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "numbers-again",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

export const numbersAgainBreakages: Breakages = {
  departures: [
    broken(
      { numberEnd: "undrained" },
      ["NUM-1"],
      "a number is given back while events with it wait, and they reach its next owner (CVE-2026-31462)",
    ),
    broken(
      { numberEnd: "undrained", numberOrder: "cyclic" },
      ["NUM-1"],
      "numbers that come in turn come again too, when all others were given out (14b81abe7bdc)",
    ),
    broken(
      { numberEnd: "free-first" },
      ["NUM-1", "NUM-3", "NUM-7", "NUM-9"],
      "a number is given back before its device stops, and the drain waits for events of its next owner (before 2667ed10d9f0)",
    ),
    broken(
      { numberEnd: "device-goes-on" },
      ["NUM-1", "NUM-7"],
      "a device goes on with the number of an owner that is gone (J29)",
      { numberOrder: "any" },
    ),
    broken(
      { numberEnd: "drain-first" },
      ["NUM-1", "NUM-9"],
      "the device sends while its events are drained: the drain need not end, and leaves the last ones",
    ),
    broken({ numberEnd: "never-freed" }, ["NUM-10"], "no number is given back, and they run out"),
    broken(
      { numberOrder: "retired" },
      ["NUM-10"],
      "a number that was given back never comes again, and they run out (J4)",
    ),
    broken(
      { childNumber: "inherited" },
      ["NUM-1", "NUM-3", "NUM-5", "NUM-7"],
      "a child has the number of its parent, and gives it back while the parent uses it",
    ),
  ],
  unbroken: {},
};
