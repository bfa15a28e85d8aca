/** What a record says of replications that have little of something, and of those that change while they last. */
import { describe, expect, test } from "vitest";
import { stationsSystem } from "../../textbook/stations.ts";
import type { Rates } from "../rates.ts";
import type { Questions, SimulationOptions } from "./asked.ts";
import { Simulation } from "./simulation.ts";

const basis = { assumed: "an example" };
/** Two stations in a circle; the times are the means of theirs. */
const rated = (...means: readonly number[]): Rates => ({
  name: "example",
  rules: means.map((mean, k) => ({
    step: `station${k}: station.serves`,
    timing: { kind: "timed", cost: { distribution: "exponential", mean, unit: "ns", basis } },
  })),
});
const rounds = { label: "rounds", of: [{ step: "station0: station.serves" }] };
const never = { label: "never", of: [{ message: { type: "job.lost" } }] };
const spans = [
  { label: "a service", by: "component", from: [{ step: "station0: *" }], to: [{ step: "station0: *" }] },
] as const;

function recordOf(jobs: number, rates: Rates, questions: Questions, changed: Partial<SimulationOptions>) {
  const system = stationsSystem([{ room: 400, jobs }, { room: 400 }], { isClosed: true });
  const options = { seed: 1, replications: 10, warmUp: 0, length: { pieces: 1 }, confidence: 0.99, ...changed };
  const simulation = new Simulation(system, rates, questions, options);
  while (simulation.advance(1_000));
  return simulation.record();
}

describe("a drift", () => {
  const alike = rated(10, 30);
  const slower = rated(10, 100);

  test("is none where nothing changes, though each round has the same number of steps", () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const length = { steps: 1_001 };
    const alarms = seeds.filter((seed) => !recordOf(1, alike, { work: rounds }, { seed, length }).drift!.isSteady);
    // One in a hundred by chance.
    expect(alarms.length).toBeLessThan(4);
  });

  test.each([{ steps: 1_000 }, { ns: 20_000 }])(
    "is seen while 400 jobs queue up before a slower station: %o",
    (length) => {
      const { isSteady, high } = recordOf(400, slower, { work: rounds }, { length }).drift!;
      expect(isSteady).toBe(false);
      expect(high).toBeLessThan(-0.2);
    },
  );
});

test("work that was never finished has an upper bound, and nothing is told per piece of it", () => {
  const { work, counted } = recordOf(1, rated(10, 30), { work: never, counted: [rounds] }, { length: { ns: 1_000 } });
  expect(work.perNs).toEqual({ mean: 0, low: 0, high: -Math.log(1 - 0.99) / 10_000, of: 10 });
  expect(counted[0]!.perNs.mean).toBeGreaterThan(0);
  expect(counted[0]!.perWork).toBeUndefined();
});

test("fewer than 100 times have no 99 %", () => {
  const of = (pieces: number) => recordOf(1, rated(10, 30), { work: rounds, spans }, { length: { pieces } }).waits[0]!;
  const [few, enough] = [of(80), of(120)];
  expect(few.fewest).toBeLessThan(100);
  expect(few.p99).toBeUndefined();
  expect(few.p50?.of).toBe(10);
  expect(enough.fewest).toBeGreaterThanOrEqual(100);
  expect(enough.p99?.of).toBe(10);
});

test("of two short replications no interval goes below 0", () => {
  const levels = [{ label: "jobs", role: "station1", field: "jobs" }];
  const asked = { work: rounds, counted: [rounds], spans, levels };
  const lows = [1, 2, 3, 4].flatMap((seed) => {
    const two = { replications: 2, length: { pieces: 5 }, seed };
    const { work, waits, levels: held } = recordOf(1, rated(10, 30), asked, two);
    return [work.perNs, waits[0]!.mean!, waits[0]!.p50!, held[0]!.mean].map(({ low }) => low!);
  });
  expect(Math.min(...lows)).toBe(0);
});
