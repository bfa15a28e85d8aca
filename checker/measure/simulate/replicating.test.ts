/** How much of a replication is done, told while it runs: it goes from 0 to 1, whatever the units of warm-up and length are. */
import { describe, expect, test } from "vitest";
import { stationsSystem } from "../../textbook/stations.ts";
import type { Replication, SimulationOptions } from "./asked.ts";
import { streamOf } from "./draws.ts";
import type { Engine } from "./engine.ts";
import { engineFor, Replicating } from "./replicating.ts";

const system = stationsSystem(
  [
    { room: 3, jobs: 2 },
    { room: 3, jobs: 2 },
  ],
  { isClosed: true },
);
const cost = { distribution: "exponential", mean: 100, unit: "ns", basis: { assumed: "an example" } } as const;
const timing = { kind: "timed", cost } as const;
const rates = { name: "example", rules: [0, 1].map((k) => ({ step: `station${k}: station.serves`, timing })) };
const work = { label: "done", of: [{ message: { type: "job.done" } }] };

describe("the share of a replication", () => {
  test.each<Pick<SimulationOptions, "warmUp" | "length">>([
    { warmUp: { steps: 500 }, length: { steps: 1_500 } },
    { warmUp: 25_000, length: { ns: 75_000 } },
    { warmUp: 25_000, length: { steps: 1_500 } },
    { warmUp: { steps: 500 }, length: { ns: 75_000 } },
  ])("grows as it goes on: %o", ({ warmUp, length }) => {
    const options = { seed: 1, replications: 2, warmUp, length, confidence: 0.99 };
    const running = new Replicating(engineFor(system, rates, { work }), { work }, options, streamOf(1, 0));
    const shares = [running.share];
    while (!running.advance(100)) shares.push(running.share);
    expect(shares[0]).toBe(0);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    // As much of it in each of these slices, up to what chance does to times.
    for (const [k, share] of shares.entries()) expect(Math.abs(share - k / shares.length)).toBeLessThan(0.1);
  });
});

test("an engine that others have used, one of them not to its end, begins as a new one does", () => {
  const options = { seed: 1, replications: 2, warmUp: { steps: 50 }, length: { steps: 500 }, confidence: 0.99 };
  const resultOf = (engine: Engine, replication: number): Replication => {
    const running = new Replicating(engine, { work }, options, streamOf(1, replication));
    while (!running.advance(100));
    return running.result();
  };
  const engine = engineFor(system, rates, { work });
  resultOf(engine, 0);
  new Replicating(engine, { work }, options, streamOf(1, 1)).advance(77);
  const again = resultOf(engine, 2);
  expect(again).toEqual(resultOf(engineFor(system, rates, { work }), 2));
  expect(again).not.toEqual(resultOf(engine, 3));
});
