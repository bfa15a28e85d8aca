/** Numbers of our own systems by two methods that share only the machines: the chain of all states, and discrete events. */
import { describe, expect, test } from "vitest";
import type { Json } from "../checker/json.ts";
import { stepNames } from "../checker/measure/pattern.ts";
import type { Rates } from "../checker/measure/rates.ts";
import { Simulation } from "../checker/measure/simulate/simulation.ts";
import { has } from "../checker/measure/simulate/student.ts";
import { expectedFrom, storedSteps } from "../checker/textbook/stochastic/measured.ts";
import { exponential } from "../checker/textbook/stochastic/rate.ts";
import { defineSystem, type System } from "../checker/system.ts";
import { defaultsOf, partsOf } from "./build.ts";

/**
 * Those that have at most 8,000 states at small bounds and do not come to a stop, with what is set. In four of them the long run
 * is in one of several sets of states, which differ by an exchange of pages or slots.
 */
const SYSTEMS: readonly (readonly [name: string, set: { readonly [knob: string]: Json }])[] = [
  ["pri-flat", {}],
  ["stall-flat", {}],
  ["unmap-race", { unmaps: false }],
  ["pin-limit", {}],
  ["pin-limit", { reclaim: "direct" }],
  ["pin-limit", { reclaim: "periodic" }],
  ["lru-limit", {}],
  ["accounting", {}],
  ["dirty-log", {}],
  ["policies", {}],
  ["translation-caches", {}],
  ["rfc", {}],
  ["selective", {}],
  ["iommufd", {}],
  ["mm-events", {}],
  ["two-consumers", {}],
  ["stalls", {}],
  ["pri-control", {}],
  ["lifetimes", {}],
  ["teardown", {}],
  ["attachments", {}],
  ["table-entries", {}],
  ["fault-object", {}],
  ["group-open", {}],
  ["address-ranges", {}],
];
/** A count below this over all replications says too little. */
const ENOUGH = 100;
/** Some three hundred numbers are compared: of as many intervals of 99.9 %, one would miss. */
const options = { seed: 2, replications: 10, warmUp: 5_000, length: { ns: 12_000 }, confidence: 0.9999 };

const systemOf = (name: string, set: { readonly [knob: string]: Json }): System =>
  defineSystem({ ...partsOf({ system: name, ...defaultsOf(name), bounds: "small", set }), properties: [] });
const ratesOf = (steps: readonly string[]): Rates => ({
  name: "all",
  rules: steps.map((step, k) => exponential(step, 1 / (10 + 7 * (k % 5)))),
});

/** How many numbers were compared, and those that lie outside. */
function comparedIn(system: System, simulated: (rates: Rates) => Rates = (rates) => rates) {
  const steps = stepNames(system);
  const rates = ratesOf(steps);
  const counts = steps.map((step) => ({ label: step, of: [{ step }] }));
  const expected = expectedFrom(storedSteps(system), rates, { counts });
  const simulation = new Simulation(system, simulated(rates), { work: counts[0]!, counted: counts }, options);
  while (simulation.advance(10_000));
  const outside: unknown[] = [];
  let compared = 0;
  for (const [at, { label, perNs }] of simulation.record().counted.entries()) {
    const computed = expected.counts[at]!.perNs;
    if (computed * options.length.ns * options.replications < ENOUGH) continue;
    compared++;
    if (!has(perNs, computed)) outside.push({ label, computed, ...perNs });
  }
  return { compared, outside };
}

describe("simulated and computed numbers of steps agree in", () => {
  test.each(SYSTEMS)("%s %j", (name, set) => {
    const { compared, outside } = comparedIn(systemOf(name, set));
    expect(outside).toEqual([]);
    expect(compared).toBeGreaterThan(1);
  });
});

test("a step that takes half as long is noticed", () => {
  const { outside } = comparedIn(systemOf("stall-flat", {}), ({ name, rules }) => ({
    name,
    rules: rules.map((rule) => (rule.step.endsWith("slot.retires") ? exponential(rule.step, 1 / 5) : rule)),
  }));
  expect(outside).not.toEqual([]);
});
