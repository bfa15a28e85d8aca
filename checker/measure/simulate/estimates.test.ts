import { describe, expect, test } from "vitest";
import { chosenFrom, streamOf, streamsOf, timeOf } from "./draws.ts";
import { Histogram, RESOLUTION } from "./histogram.ts";
import { fromZero, has, intervalOf, quantile } from "./student.ts";
import { drawnFrom, wideOf } from "./wide.ts";

// Tables of Student's t, as textbooks print them.
test.each([
  [0.975, 1, 12.706],
  [0.995, 1, 63.657],
  [0.995, 2, 9.925],
  [0.975, 4, 2.776],
  [0.995, 9, 3.25],
  [0.975, 30, 2.042],
  [0.995, 120, 2.617],
])("the quantile %d of t with %d degrees of freedom is %d", (share, freedom, printed) => {
  expect(Math.abs(quantile(share, freedom) - printed)).toBeLessThan(6e-4);
});

test("an interval of 90 % misses the mean about one time in ten", () => {
  const [draws] = [streamsOf(3).next().value!];
  let misses = 0;
  for (let round = 0; round < 1_000; round++) {
    const values = Array.from({ length: 5 }, () => draws.uniform() + draws.uniform() + draws.uniform());
    if (!has(intervalOf(values, 0.9), 1.5)) misses++;
  }
  expect(misses).toBeGreaterThan(70);
  expect(misses).toBeLessThan(130);
});

test("of what is never negative an interval begins at 0 at the lowest, and its high end stays", () => {
  const { high } = intervalOf([1, 2], 0.99);
  expect(fromZero(intervalOf([1, 2], 0.99))).toEqual({ mean: 1.5, low: 0, high, of: 2 });
  expect(fromZero(intervalOf([3, 3], 0.99)).low).toBe(3);
  expect(fromZero(intervalOf([3], 0.99)).low).toBeNull();
});

test("one value says nothing of the mean", () => {
  expect(intervalOf([3], 0.99)).toEqual({ mean: 3, low: null, high: null, of: 1 });
});

describe("times have the mean and the spread that they are given", () => {
  test.each([
    [{ distribution: "fixed", mean: 8 }, 1, 8, 0],
    [{ distribution: "exponential", mean: 8 }, 1, 8, 8],
    [{ distribution: "exponential", mean: 8 }, 4, 2, 2],
    [{ distribution: "lognormal", mean: 8, variation: 0.5 }, 1, 8, 4],
    [{ distribution: "empirical", values: [4, 12] }, 1, 8, 4],
  ] as const)("%j, %d at a time", (cost, times, mean, deviation) => {
    const draws = streamsOf(11).next().value!;
    const values = Array.from({ length: 40_000 }, () => timeOf(cost, times, draws));
    const found = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length);
    expect(Math.abs(found - mean) / mean).toBeLessThan(0.02);
    expect(Math.abs(spread - deviation)).toBeLessThan(0.03 * mean);
  });
});

test("streams of one seed are different, and the same again", () => {
  const first = (seed: number) => {
    const streams = streamsOf(seed);
    return [1, 2, 3].map(() => streams.next().value!.uniform());
  };
  expect(first(5)).toEqual(first(5));
  expect(new Set([...first(5), ...first(6)]).size).toBe(6);
});

test("the stream of a replication is the one in its place, and no two are the same", () => {
  const streams = streamsOf(5);
  const inOrder = [0, 1, 2, 3].map(() => streams.next().value!.uniform());
  expect([0, 1, 2, 3].map((replication) => streamOf(5, replication).uniform())).toEqual(inOrder);
  expect(new Set(inOrder).size).toBe(4);
});

describe("weights are the shares of what is drawn", () => {
  /** By how much a share is wrong, at most. */
  const wrong = (counts: readonly number[], weights: readonly number[]): number => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    return Math.max(...weights.map((weight, at) => Math.abs(counts[at]! / total - weight / all)));
  };
  const drawn = (weights: readonly number[], draw: () => number): readonly number[] => {
    const counts = weights.map(() => 0);
    for (let k = 0; k < 20_000; k++) counts[draw()]!++;
    return counts;
  };

  test("of a few", () => {
    const draws = streamsOf(1).next().value!;
    const weighted = [1, 2, 5].map((weight) => ({ weight }));
    const counts = drawn([1, 2, 5], () => chosenFrom(weighted, weighted.length, draws));
    expect(wrong(counts, [1, 2, 5])).toBeLessThan(0.01);
  });

  test("of many, and what has none is never drawn", () => {
    const draws = streamsOf(1).next().value!;
    const weights = [3, 0, 1, 4, 0];
    const wide = wideOf(
      weights.map((weight) => (weight === 0 ? { kind: "never", rule: 0 } : { kind: "immediate", rule: 0, weight })),
    )!;
    const counts = drawn(weights, () => drawnFrom(wide, draws));
    expect(wrong(counts, weights)).toBeLessThan(0.01);
    expect([counts[1], counts[4]]).toEqual([0, 0]);
  });
});

describe("a percentile", () => {
  test("is at most so much too high, and never too low", () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 10_000; value++) histogram.add(value);
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const found = histogram.percentile(share)!;
      expect(found).toBeGreaterThanOrEqual(10_000 * share);
      expect(found).toBeLessThanOrEqual(10_000 * share * (1 + RESOLUTION));
    }
    expect(histogram).toMatchObject({ count: 10_000, sum: 50_005_000, most: 10_000 });
  });

  test.each([
    [0.25, 1],
    [0.26, 2],
    [0.5, 2],
    [0.51, 4],
    [0.99, 8],
  ])("%d of four values: the first that so many do not exceed, %d", (share, value) => {
    const histogram = new Histogram();
    for (const one of [8, 1, 4, 2]) histogram.add(one);
    expect(histogram.percentile(share)! / value).toBeGreaterThanOrEqual(1);
    expect(histogram.percentile(share)! / value).toBeLessThanOrEqual(1 + RESOLUTION);
  });

  test("of nothing is none", () => expect(new Histogram().percentile(0.5)).toBeUndefined());
});
