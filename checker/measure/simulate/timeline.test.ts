import { expect, test } from "vitest";
import { stationsSystem } from "../../textbook/stations.ts";
import type { Cost } from "../cost.ts";
import type { RateRule, Rates } from "../rates.ts";
import { TimelineSimulation } from "./timeline.ts";

const rule = (step: string, mean: number, times?: string): RateRule => {
  const cost: Cost = { distribution: "exponential", mean, unit: "ns", basis: { assumed: "an example" } };
  return { step, timing: { kind: "timed", cost, ...(times !== undefined && { times }) } };
};
const rates: Rates = {
  name: "example",
  rules: [rule("source: source.sends", 12), rule("station0: station.serves", 10, "busy")],
};
const done = { label: "done", of: [{ message: { type: "job.done" } }] };

test("each replication has a course of its own, so that the interval of each part of the time has a width", () => {
  const options = { seed: 7, replications: 10, until: [2_000, 20_000], confidence: 0.99 };
  const simulation = new TimelineSimulation(stationsSystem([{ room: 5 }]), rates, done, options);
  while (simulation.advance(1_000));
  expect(simulation.done).toBe(10);
  const { perNs } = simulation.record();
  expect(perNs.map(({ of }) => of)).toEqual([10, 10]);
  for (const { low, mean, high } of perNs) {
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
  }
});
