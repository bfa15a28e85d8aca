/** Rates as textbooks give them: events in a unit of time, which is a nanosecond here. */
import type { RateRule } from "../../measure/rates.ts";

/** @param times A field of the context: how many go on side by side. */
export const exponential = (step: string, rate: number, about: Partial<RateRule> = {}, times?: string): RateRule => ({
  step,
  ...about,
  timing: {
    kind: "timed",
    cost: { distribution: "exponential", mean: 1 / rate, unit: "ns", basis: { assumed: "a rate of the textbook" } },
    ...(times !== undefined && { times }),
  },
});
