import { describe, expect, test } from "vitest";
import { stationsSystem } from "../../textbook/stations.ts";
import type { Cost, Distribution } from "../cost.ts";
import type { RateRule, Rates } from "../rates.ts";
import { streamsOf, type Draws } from "./draws.ts";
import type { Questions, SimulationOptions } from "./asked.ts";
import { Simulation } from "./simulation.ts";
import { has } from "./student.ts";

const basis = { assumed: "an example" };
const rule = (step: string, time: Distribution, times?: string): RateRule => ({
  step,
  timing: { kind: "timed", cost: { ...time, unit: "ns", basis } as Cost, ...(times !== undefined && { times }) },
});
const exponential = (mean: number): Distribution => ({ distribution: "exponential", mean });
const rated = (...rules: RateRule[]): Rates => ({ name: "example", rules });

const done = { label: "done", of: [{ message: { type: "job.done" } }] };
const lost = { label: "lost", of: [{ message: { type: "job.lost" } }] };
const jobs = { label: "jobs", role: "station0", field: "jobs" };
const options: SimulationOptions = {
  seed: 7,
  replications: 10,
  warmUp: 2_000,
  length: { ns: 50_000 },
  confidence: 0.99,
};

function run(
  sizes: Parameters<typeof stationsSystem>[0],
  rates: Rates,
  questions: Questions,
  {
    isClosed = false,
    streams = streamsOf,
    ...changed
  }: Partial<SimulationOptions> & {
    isClosed?: boolean;
    streams?: typeof streamsOf;
  } = {},
) {
  const system = stationsSystem(sizes, { isClosed });
  const simulation = new Simulation(system, rates, questions, { ...options, ...changed }, streams);
  while (simulation.advance(1_000));
  return simulation.record();
}

/** The shares of the time with 0 .. most jobs, where a job more comes `up(n)` times for `down(n)` times that one goes. */
function sharesOf(most: number, up: (jobs: number) => number, down: (jobs: number) => number): readonly number[] {
  const weights = [1];
  for (let n = 1; n <= most; n++) weights.push((weights[n - 1]! * up(n - 1)) / down(n));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
const meanOf = (shares: readonly number[]): number => shares.reduce((sum, share, n) => sum + n * share, 0);

describe("inside of the interval of 99 % are the closed forms of", () => {
  const oneStation = rated(
    rule("source: source.sends", exponential(12)),
    rule("station0: station.serves", exponential(10), "busy"),
  );

  test("M/M/1/K", () => {
    const { work, counted, levels, drift } = run([{ room: 5 }], oneStation, {
      work: done,
      counted: [lost],
      levels: [jobs],
    });
    const exact = sharesOf(
      5,
      () => 10 / 12,
      () => 1,
    );
    expect(has(work.perNs, (1 / 12) * (1 - exact[5]!))).toBe(true);
    expect(has(counted[0]!.perNs, (1 / 12) * exact[5]!)).toBe(true);
    expect(has(levels[0]!.mean, meanOf(exact))).toBe(true);
    for (const { value, share } of levels[0]!.shares!) expect(has(share, exact[value]!)).toBe(true);
    expect(drift?.isSteady).toBe(true);
  });

  test("Erlang's loss formula", () => {
    const { levels, counted } = run([{ room: 4, servers: 4 }], oneStation, {
      work: done,
      counted: [lost],
      levels: [jobs],
    });
    const exact = sharesOf(
      4,
      () => 10 / 12,
      (n) => n,
    );
    expect(has(levels[0]!.mean, meanOf(exact))).toBe(true);
    expect(has(counted[0]!.perNs, (1 / 12) * exact[4]!)).toBe(true);
  });

  test("machine repair", () => {
    const rates = rated(
      rule("station0: station.serves", exponential(30), "busy"),
      rule("station1: station.serves", exponential(10), "busy"),
    );
    const sizes = [{ room: 4, servers: 4, jobs: 4 }, { room: 4 }];
    const moves = { label: "repairs", of: [{ step: "station1: station.serves" }] };
    const { levels, work } = run(sizes, rates, { work: moves, levels: [jobs] }, { isClosed: true });
    const running = sharesOf(
      4,
      () => 3,
      (n) => n,
    );
    expect(has(levels[0]!.mean, meanOf(running))).toBe(true);
    expect(has(work.perNs, 0.1 * (1 - running[4]!))).toBe(true);
  });

  test("a tandem of two stations, as many jobs as there is room", () => {
    const rates = rated(
      rule("station0: station.serves", exponential(10), "busy"),
      rule("station1: station.serves", exponential(15), "busy"),
    );
    const sizes = [{ room: 6, jobs: 6 }, { room: 6 }];
    const moves = { label: "rounds", of: [{ step: "station1: station.serves" }] };
    const { levels } = run(sizes, rates, { work: moves, levels: [jobs] }, { isClosed: true });
    expect(
      has(
        levels[0]!.mean,
        meanOf(
          sharesOf(
            6,
            () => 10,
            () => 15,
          ),
        ),
      ),
    ).toBe(true);
  });

  // Pollaczek and Khinchine: the mean time in a station whose service varies by c.
  test.each([
    ["fixed", { distribution: "fixed", mean: 10 }, 0],
    ["lognormal", { distribution: "lognormal", mean: 10, variation: 0.5 }, 0.5],
    ["empirical", { distribution: "empirical", values: [5, 15] }, 0.5],
  ] as const)("M/G/1 with %s service", (_, time, variation) => {
    const rates = rated(rule("source: source.sends", exponential(20)), rule("station0: station.serves", time));
    const stay = {
      label: "stay",
      by: "order",
      from: [{ step: "source: source.sends" }],
      to: [{ step: "station0: station.serves" }],
    } as const;
    const { waits, levels } = run([{ room: 200 }], rates, { work: done, spans: [stay], levels: [jobs] });
    const wait = 10 + (0.5 * 10 * (1 + variation ** 2)) / (2 * 0.5);
    expect(has(waits[0]!.mean!, wait)).toBe(true);
    // Little: as many jobs as come in the time that one stays.
    expect(has(levels[0]!.mean, wait / 20)).toBe(true);
  });
});

test("a biased sampler is noticed", () => {
  const biased = function* (seed: number): Generator<Draws> {
    for (const { uniform } of streamsOf(seed)) yield { uniform: () => uniform() ** 1.2 };
  };
  const rates = rated(
    rule("source: source.sends", exponential(12)),
    rule("station0: station.serves", { distribution: "fixed", mean: 10 }),
  );
  const fair = run([{ room: 50 }], rates, { work: done });
  const unfair = run([{ room: 50 }], rates, { work: done }, { streams: biased });
  expect(has(fair.work.perNs, 1 / 12)).toBe(true);
  expect(has(unfair.work.perNs, 1 / 12)).toBe(false);
});

test("a wrong rate is noticed", () => {
  const rates = rated(
    rule("source: source.sends", exponential(12)),
    rule("station0: station.serves", exponential(10.8)),
  );
  const { levels } = run([{ room: 5 }], rates, { work: done, levels: [jobs] });
  expect(
    has(
      levels[0]!.mean,
      meanOf(
        sharesOf(
          5,
          () => 10 / 12,
          () => 1,
        ),
      ),
    ),
  ).toBe(false);
});

describe("fixed times", () => {
  const rates = rated(
    rule("source: source.sends", { distribution: "fixed", mean: 10 }),
    rule("station0: station.serves", { distribution: "fixed", mean: 15 }),
  );

  test("make every second job find the station full", () => {
    // Jobs come at 10, 20, ...; that of 10 is done at 25, and that of 30 at 45.
    const length = { ns: 100_005 };
    const { counted, steps } = run([{ room: 1 }], rates, { work: done, counted: [lost] }, { warmUp: 0, length });
    expect(counted[0]!.perWork).toMatchObject({ mean: 1, low: 1, high: 1 });
    expect(steps).toBe(10 * (10_000 + 5_000));
  });

  test("end at so many pieces of work", () => {
    const { ns, drift } = run([{ room: 1 }], rates, { work: done }, { warmUp: 0, length: { pieces: 3 } });
    expect(ns).toMatchObject({ mean: 65, low: 65, high: 65 });
    expect(drift).toBeUndefined();
  });

  test("go on while another step is taken, and are lost where the step becomes impossible", () => {
    // The first station is full up to 7; it begins with what it may give on only then, and not before.
    const tandem = rated(
      rule("station0: station.serves", { distribution: "fixed", mean: 5 }),
      rule("station1: station.serves", { distribution: "fixed", mean: 7 }),
    );
    const moves = { label: "rounds", of: [{ step: "station0: station.serves" }] };
    const sizes = [
      { room: 2, jobs: 1 },
      { room: 1, jobs: 1 },
    ];
    const { ns } = run(sizes, tandem, { work: moves }, { isClosed: true, warmUp: 0, length: { pieces: 2 } });
    expect(ns.mean).toBe(7 + 5 + 7 + 5);
  });
});

describe("the record", () => {
  const rates = rated(rule("source: source.sends", exponential(12)), rule("station0: station.serves", exponential(10)));
  const asked = { work: done, levels: [jobs] };
  const short = { length: { ns: 5_000 } };
  const text = (changed: Partial<SimulationOptions>): string =>
    JSON.stringify(run([{ room: 5 }], rates, asked, { ...short, ...changed }));

  test("is the same for the same seed, and another one for another seed", () => {
    expect(text({})).toBe(text({}));
    expect(text({})).not.toBe(text({ seed: 8 }));
  });

  test("does not depend on the slices in which the simulation is advanced", () => {
    const simulation = new Simulation(stationsSystem([{ room: 5 }]), rates, asked, { ...options, ...short });
    while (simulation.advance(7));
    expect(JSON.stringify(simulation.record())).toBe(text({}));
  });

  test("says method, generator, policy and assumptions", () => {
    const record = run([{ room: 5 }], rates, asked, short);
    expect(record).toMatchObject({ method: "simulate", how: { seed: 7, replications: 10, done: 10 }, stopped: 0 });
    expect(record.assumptions).toEqual(rates.rules.map(({ step }) => ({ step, because: "an example" })));
  });

  test("says of what was never seen how rare it must be", () => {
    const { counted } = run([{ room: 5 }], rates, {
      work: done,
      counted: [{ label: "x", of: [{ step: "source: *", fields: { type: "x" } }] }],
    });
    expect(counted[0]!.perNs).toEqual({
      mean: 0,
      low: 0,
      high: expect.closeTo(Math.log(100) / 500_000, 12) as number,
      of: 10,
    });
  });

  test("of an interrupted simulation is that of the replications that are done", () => {
    const simulation = new Simulation(stationsSystem([{ room: 5 }]), rates, asked, { ...options, ...short });
    expect(() => simulation.record()).toThrow("No replication of the simulation is done.");
    while (simulation.done.length < 2) simulation.advance(10);
    expect(simulation.record().how).toMatchObject({ replications: 10, done: 2 });
  });
});

describe("refused is", () => {
  const rates = rated(rule("source: source.sends", exponential(12)), rule("station0: station.serves", exponential(10)));
  const refusal =
    (asked: Questions, changed: Partial<SimulationOptions> = {}, with_ = rates) =>
    () =>
      run([{ room: 5 }], with_, asked, changed);
  test.each<[string, () => unknown, string]>([
    ["one replication", refusal({ work: done }, { replications: 1 }), "There are 1 replications; an interval needs 2."],
    ["a negative warm-up", refusal({ work: done }, { warmUp: -1 }), "The warm-up takes -1 ns; it must be at least 0."],
    ["no length", refusal({ work: done }, { length: { pieces: 0 } }), "The length is 0; it must be above 0."],
    ["a seed of a half", refusal({ work: done }, { seed: 0.5 }), "The seed is 0.5; it must be a whole number."],
    ["certainty", refusal({ work: done }, { confidence: 1 }), "The confidence is 1; it must lie between 0 and 1."],
    ["an unknown role", refusal({ work: done, levels: [{ label: "x", role: "statoin0" }] }), '"statoin0" is no role'],
    [
      "a fixed time for many at once",
      refusal(
        { work: done },
        {},
        rated(rates.rules[0]!, rule("station0: *", { distribution: "fixed", mean: 1 }, "busy")),
      ),
      "only exponential times can, and these are fixed",
    ],
    [
      "steps without time in a circle",
      refusal(
        { work: done },
        {},
        rated({ step: "source: *", timing: { kind: "immediate", weight: 1 } }, rates.rules[1]!),
      ),
      'Steps without time go round in a circle, at 0 ns with "source: source.sends".',
    ],
  ])("%s", (_, refused, message) => expect(refused).toThrow(message));
});
