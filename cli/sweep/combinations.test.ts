/** Which combinations are run: each pair of values that can be built is in one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completion, eachPair, pairwise, product, type Impossible, type Values } from "./combinations.ts";

const someSizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

/** Combinations with two certain values are impossible; that of the first values never is. */
const someRules = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)), { maxLength: 4 });

const impossibleBy =
  (rules: readonly (readonly number[])[]): Impossible =>
  (values) =>
    values.some((value) => value > 0) && rules.some(([a, x, b, y]) => values[a!] === x && values[b!] === y && a !== b)
      ? "a rule"
      : undefined;

const pairsIn = (values: Values): readonly string[] =>
  values.flatMap((value, factor) =>
    values.slice(factor + 1).map((other, k) => `${factor}=${value} ${factor + 1 + k}=${other}`),
  );

describe("A covering array", () => {
  test("has each pair of values that some combination can be built with, and only such combinations", () => {
    let constrained = 0;
    fc.assert(
      fc.property(someSizes, someRules, (sizes, rules) => {
        const impossible = impossibleBy(rules);
        const { rows, unmet } = pairwise(sizes, impossible);
        const possible = [...product(sizes)].filter((values) => impossible(values) === undefined);
        const expected = new Set(possible.flatMap(pairsIn));
        const all = new Set([...product(sizes)].flatMap(pairsIn));
        constrained += Number(all.size > expected.size);
        expect(rows.filter((values) => impossible(values) !== undefined)).toEqual([]);
        expect(new Set(rows.flatMap(pairsIn))).toEqual(expected);
        expect(new Set(rows.map((row) => row.join())).size).toBe(rows.length);
        const missed = unmet.map(([a, b]) => `${a.factor}=${a.value} ${b.factor}=${b.value}`);
        expect(new Set(missed)).toEqual(new Set([...all].filter((pair) => !expected.has(pair))));
      }),
      { seed: 20210125, numRuns: 200 },
    );
    expect(constrained).toBeGreaterThan(20);
  });

  test("begins with the base and each other value alone, is the same each time, and smaller than the product", () => {
    const sizes = [10, 2, 3, 4, 2, 2, 3];
    const { rows } = pairwise(sizes, () => undefined);
    const single = sizes.reduce((sum, size) => sum + size - 1, 1);
    expect(rows[0]).toEqual(sizes.map(() => 0));
    expect(rows.slice(1, single).every((row) => row.filter((value) => value > 0).length === 1)).toBe(true);
    expect(rows.length).toBeLessThan(single + 50);
    expect(JSON.stringify(pairwise(sizes, () => undefined).rows)).toBe(JSON.stringify(rows));
  });

  test("stays what it is: who resumes or merges a sweep has the same rows", () => {
    const { rows } = pairwise([3, 3, 2], () => undefined);
    expect(rows.map((row) => row.join("")).join(" ")).toMatchInlineSnapshot(
      `"000 100 200 010 020 001 120 101 110 021 221 211"`,
    );
  });
});

test("Each pair alone is the base with two values changed", () => {
  const { rows, unmet } = eachPair([2, 3], ([a, b]) => (a === 1 && b === 2 ? "a rule" : undefined));
  expect(rows.map((row) => row.join())).toEqual(["0,0", "1,0", "0,1", "0,2", "1,1"]);
  expect(unmet).toEqual([
    [
      { factor: 0, value: 1 },
      { factor: 1, value: 2 },
    ],
  ]);
});

test("A setting is completed with the fewest changes, and with no more than two", () => {
  const needs =
    (count: number): Impossible =>
    (values) =>
      values[0] === 1 && values.slice(1).reduce((sum, value) => sum + value, 0) < count ? "too few" : undefined;
  const complete = (count: number) => completion([{ factor: 0, value: 1 }], [2, 2, 2, 2], needs(count));
  expect([complete(0), complete(1), complete(2), complete(3)]).toEqual([
    [1, 0, 0, 0],
    [1, 1, 0, 0],
    [1, 1, 1, 0],
    undefined,
  ]);
});
