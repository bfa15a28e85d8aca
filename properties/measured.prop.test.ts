/** Numbers of our own systems by two methods that share only the machines: the chain of all states, and discrete events. */
import { describe, expect, test } from "vitest";
import { stepNames } from "../checker/measure/pattern.ts";
import { Simulation } from "../checker/measure/simulate/simulation.ts";
import { has } from "../checker/measure/simulate/student.ts";
import { expectedFrom, storedSteps } from "../checker/textbook/stochastic/measured.ts";
import { exponential } from "../checker/textbook/stochastic/rate.ts";
import { defineSystem } from "../checker/system.ts";
import { defaultsOf, partsOf } from "./build.ts";

/** At small bounds they are at most 2,000 states, and all of them can be come back to. */
const SYSTEMS = ["stall-flat", "accounting", "dirty-log", "policies", "rfc", "selective"];
/** A count below this over all replications says too little. */
const ENOUGH = 100;
const options = { seed: 2, replications: 10, warmUp: 5_000, length: { ns: 40_000 }, confidence: 0.999 };

describe("simulated and computed numbers of steps agree in", () => {
  test.each(SYSTEMS)("%s", (name) => {
    const parts = partsOf({ system: name, ...defaultsOf(name), bounds: "small", set: {} });
    const system = defineSystem({ ...parts, properties: [] });
    const steps = stepNames(system);
    const rates = { name: "all", rules: steps.map((step, k) => exponential(step, 1 / (10 + 7 * (k % 5)))) };
    const counts = steps.map((step) => ({ label: step, of: [{ step }] }));
    const expected = expectedFrom(storedSteps(system), rates, { counts });
    expect(expected.ends).toMatchObject([{ stops: false }]);
    const simulation = new Simulation(system, rates, { work: counts[0]!, counted: counts }, options);
    while (simulation.advance(10_000));
    let compared = 0;
    for (const [at, { label, perNs }] of simulation.record().counted.entries()) {
      const computed = expected.counts[at]!.perNs;
      if (computed * options.length.ns * options.replications < ENOUGH) continue;
      compared++;
      expect([label, perNs.mean, has(perNs, computed)]).toEqual([label, perNs.mean, true]);
    }
    expect(compared).toBeGreaterThan(1);
  });
});
