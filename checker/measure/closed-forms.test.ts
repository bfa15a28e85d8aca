import { describe, expect, test } from "vitest";
import { exponential } from "../textbook/stochastic/rate.ts";
import { expectedIn } from "../textbook/stochastic/measured.ts";
import { stationsSystem } from "../textbook/stations.ts";
import type { Counted } from "./counted.ts";
import type { RateRule, Rates } from "./rates.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);
const factorial = (n: number): number => (n === 0 ? 1 : n * factorial(n - 1));
const choose = (n: number, k: number): number => factorial(n) / factorial(k) / factorial(n - k);
const normed = (weights: readonly number[]): readonly number[] => weights.map((weight) => weight / sum(weights));
/** In eight digits, so that six never hang on rounding. */
const near = (value: number) => expect.closeTo(value, 8);

const ratesOf = (...rules: readonly RateRule[]): Rates => ({ name: "textbook", rules });
const arrivals = (rate: number): RateRule => exponential("source: source.sends", rate);
const service = (place: number, rate: number): RateRule =>
  exponential(`station${place}: station.serves`, rate, {}, "busy");
const message = (type: string, from?: string): Counted => ({
  label: type,
  of: [{ message: { type, ...(from !== undefined && { from }) } }],
});
const jobs = (place: number) => ({ label: `jobs ${place}`, role: `station${place}`, field: "jobs" });

describe("M/M/1/K", () => {
  test.each([
    [0.7, 1, 7],
    [3, 2, 4],
    [1, 1, 5],
  ])("with arrivals at %d, service at %d and room for %i", (arrive, serve, room) => {
    const at = normed(range(room + 1).map((n) => (arrive / serve) ** n));
    const found = expectedIn(stationsSystem([{ room }]), ratesOf(arrivals(arrive), service(0, serve)), {
      counts: [message("job.lost"), message("job.done")],
      work: message("job.comes"),
      levels: [jobs(0), { label: "full", role: "station0", fields: { jobs: room } }],
    });
    expect(found.work!.perNs).toEqual(near(arrive));
    expect(found.counts.map(({ perNs }) => perNs)).toEqual([near(arrive * at[room]!), near(serve * (1 - at[0]!))]);
    expect(found.counts[0]!.perWork).toEqual(near(at[room]!));
    expect(found.levels.map(({ mean }) => mean)).toEqual([near(sum(at.map((p, n) => p * n))), near(at[room]!)]);
  });
});

describe("Erlang's loss formula", () => {
  test.each([
    [5, 3],
    [10, 12],
  ])("%i lines, offered %d", (lines, offered) => {
    const at = normed(range(lines + 1).map((n) => offered ** n / factorial(n)));
    const system = stationsSystem([{ room: lines, servers: lines }]);
    const found = expectedIn(system, ratesOf(arrivals(offered), service(0, 1)), {
      counts: [message("job.lost")],
      work: message("job.comes"),
      levels: [jobs(0)],
    });
    expect(found.counts[0]!.perWork).toEqual(near(at[lines]!));
    expect(found.levels[0]!.mean).toEqual(near(offered * (1 - at[lines]!)));
  });
});

describe("machine repair", () => {
  test.each([
    [6, 1, 0.2, 1],
    [8, 3, 0.5, 0.7],
  ])("%i machines, %i repairers", (machines, repairers, fails, repairs) => {
    const system = stationsSystem(
      [
        { room: machines, servers: machines, jobs: machines },
        { room: machines, servers: repairers },
      ],
      { isClosed: true },
    );
    // Broken machines: n fail at (N - n) fails, and are repaired at min(n, c) repairs.
    const weights = [1];
    for (const n of range(machines))
      weights.push((weights[n]! * (machines - n) * fails) / (Math.min(n + 1, repairers) * repairs));
    const at = normed(weights);
    const found = expectedIn(system, ratesOf(service(0, fails), service(1, repairs)), {
      counts: [message("job.moves", "station1")],
      levels: [jobs(1)],
    });
    expect(found.levels[0]!.mean).toEqual(near(sum(at.map((p, n) => p * n))));
    expect(found.counts[0]!.perNs).toEqual(near(sum(at.map((p, n) => p * Math.min(n, repairers) * repairs))));
  });

  test("with as many repairers as machines, each machine is on its own", () => {
    const [machines, fails, repairs] = [5, 0.3, 0.8];
    const size = { room: machines, servers: machines };
    const system = stationsSystem([{ ...size, jobs: machines }, size], { isClosed: true });
    const broken = fails / (fails + repairs);
    const levels = range(machines + 1).map((n) => ({ label: `${n}`, role: "station1", fields: { jobs: n } }));
    const at = [0, 0.5, 3];
    const found = expectedIn(system, ratesOf(service(0, fails), service(1, repairs)), {
      levels: [...levels, jobs(1)],
      at,
    });
    for (const n of range(machines + 1))
      expect(found.levels[n]!.mean).toEqual(near(choose(machines, n) * broken ** n * (1 - broken) ** (machines - n)));
    // A machine that runs at 0 is broken at t with this probability.
    const brokenAt = (t: number): number => broken * (1 - Math.exp(-(fails + repairs) * t));
    expect(found.levels.at(-1)!.curve!.map(({ mean }) => mean)).toEqual(at.map((t) => near(machines * brokenAt(t))));
    const soFar = (t: number): number =>
      t === 0 ? 0 : machines * broken * (1 - (1 - Math.exp(-(fails + repairs) * t)) / ((fails + repairs) * t));
    expect(found.levels.at(-1)!.curve!.map((one) => one.soFar)).toEqual(at.map((t) => near(soFar(t))));
  });
});

describe("a closed tandem of stations", () => {
  /** The sum over all ways to spread the jobs, by convolution (Buzen). */
  const spread = (inAll: number, loads: readonly number[]): readonly number[] =>
    loads.reduce<readonly number[]>(
      (g, load) => range(inAll + 1).map((n) => sum(range(n + 1).map((k) => g[n - k]! * load ** k))),
      range(inAll + 1).map((n) => (n === 0 ? 1 : 0)),
    );

  test.each([[3], [8]])("%i jobs in three stations", (inAll) => {
    const speeds = [1, 0.6, 2.5];
    const system = stationsSystem(
      speeds.map((_, place) => ({ room: inAll, jobs: place === 0 ? inAll : 0 })),
      { isClosed: true },
    );
    const g = spread(
      inAll,
      speeds.map((speed) => 1 / speed),
    );
    const throughput = g[inAll - 1]! / g[inAll]!;
    const found = expectedIn(system, ratesOf(...speeds.map((speed, place) => service(place, speed))), {
      counts: speeds.map((_, place) => message("job.moves", `station${place}`)),
      levels: speeds.map((_, place) => jobs(place)),
    });
    expect(found.counts.map(({ perNs }) => perNs)).toEqual(speeds.map(() => near(throughput)));
    const inStation = (speed: number): number =>
      sum(range(inAll).map((k) => (g[inAll - 1 - k]! / g[inAll]!) * (1 / speed) ** (k + 1)));
    expect(found.levels.map(({ mean }) => mean)).toEqual(speeds.map((speed) => near(inStation(speed))));
  });

  test("a station that takes no time is not there", () => {
    const inAll = 4;
    const system = stationsSystem(
      [0, 1, 2].map((place) => ({ room: inAll, jobs: place === 1 ? inAll : 0 })),
      { isClosed: true },
    );
    const atOnce: RateRule = { step: "station1: station.serves", timing: { kind: "immediate", weight: 3 } };
    const g = spread(inAll, [1, 1 / 0.6]);
    const found = expectedIn(system, ratesOf(service(0, 1), atOnce, service(2, 0.6)), {
      counts: [message("job.moves", "station1")],
      levels: [jobs(0), jobs(1), jobs(2)],
      at: [0],
    });
    expect(found.counts[0]!.perNs).toEqual(near(g[inAll - 1]! / g[inAll]!));
    expect(found.levels[1]!.mean).toBe(0);
    expect(sum(found.levels.map(({ mean }) => mean))).toEqual(near(inAll));
    expect(found.chain.lasting).toBe(inAll + 1);
    // All jobs have gone through it before any time has passed.
    expect(found.counts[0]!.curve![0]!.until).toEqual(near(inAll));
  });
});

describe("how long it takes", () => {
  test("until the n-th job comes: Erlang's distribution", () => {
    const [rate, times] = [0.25, 4];
    const percentiles = [0.01, 0.5, 0.99];
    const found = expectedIn(stationsSystem([{ room: 2 }]), ratesOf(arrivals(rate), service(0, 1)), {
      passages: [{ label: "jobs", ends: message("job.comes"), times, percentiles, by: [0, 3, 20] }],
    }).passages[0]!;
    const by = (t: number): number =>
      1 - Math.exp(-rate * t) * sum(range(times).map((k) => (rate * t) ** k / factorial(k)));
    expect(found).toMatchObject({ mean: near(times / rate), reached: 1 });
    expect(found.by).toEqual([0, 3, 20].map((ns) => ({ ns, probability: near(by(ns)) })));
    for (const { probability, ns } of found.percentiles) expect(by(ns as number)).toEqual(near(probability));
  });

  test("until a queue loses its first job: a sum of the times from each level to the next", () => {
    const [arrive, serve, room] = [0.5, 1, 5];
    const found = expectedIn(stationsSystem([{ room }]), ratesOf(arrivals(arrive), service(0, serve)), {
      passages: [{ label: "loss", ends: message("job.lost") }],
    });
    const up = [1 / arrive];
    for (const n of range(room)) up.push(1 / arrive + (serve / arrive) * up[n]!);
    expect((found.passages[0]!.mean as number) / sum(up)).toEqual(near(1));
  });

  test("from a step of the long run on: what follows a loss is the service of a full queue", () => {
    const [arrive, serve, room] = [2, 0.5, 3];
    const found = expectedIn(stationsSystem([{ room }]), ratesOf(arrivals(arrive), service(0, serve)), {
      passages: [
        { label: "next", begins: message("job.lost"), ends: message("job.done"), percentiles: [0.5] },
        { label: "served", begins: message("job.lost"), ends: message("job.done"), unless: message("job.lost") },
      ],
    }).passages;
    expect(found[0]).toMatchObject({ mean: near(1 / serve), percentiles: [{ ns: near(Math.log(2) / serve) }] });
    expect(found[1]).toMatchObject({ mean: "infinite", reached: near(serve / (arrive + serve)) });
  });
});
