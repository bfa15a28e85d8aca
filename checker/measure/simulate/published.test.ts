/** Where the numbers of a textbook system can be computed, simulated ones lie around them. */
import { describe, expect, test } from "vitest";
import { expectedIn } from "../../textbook/stochastic/measured.ts";
import { PUBLISHED } from "../../textbook/stochastic/published.ts";
import { stepNames } from "../pattern.ts";
import { Simulation } from "./simulation.ts";
import { has } from "./student.ts";

const small = PUBLISHED.filter(
  ({ name, states }, at) => states <= 500 && PUBLISHED.findIndex((one) => one.name === name) === at,
);

describe("simulated and computed numbers agree in", () => {
  test.each(small.map((one) => [one.name, one] as const))("%s", (_, { system, rates, asked, states }) => {
    const { levels = [] } = asked;
    const counts = stepNames(system).map((step) => ({ label: step, of: [{ step }] }));
    const expected = expectedIn(system, rates, { counts, levels });
    const ns = 800 / Math.max(...expected.counts.map(({ perNs }) => perNs));
    const simulation = new Simulation(
      system,
      rates,
      { work: counts[0]!, counted: counts, levels },
      {
        seed: states,
        replications: 8,
        warmUp: ns / 4,
        length: { ns },
        confidence: 0.999,
      },
    );
    while (simulation.advance(10_000));
    const found = simulation.record();
    for (const [at, { perNs, label }] of found.counted.entries())
      expect([label, has(perNs, expected.counts[at]!.perNs)]).toEqual([label, true]);
    for (const [at, { mean, label }] of found.levels.entries())
      expect([label, has(mean, expected.levels[at]!.mean)]).toEqual([label, true]);
  });
});
