/** What is said of several runs, against a search through every set of settings. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Setting } from "../../reports/sweep.ts";
import {
  breakingPairs,
  breakingSets,
  enough,
  mendingSettings,
  type JudgedRun,
  type Judgement,
} from "./breaking-sets.ts";
import { product } from "./combinations.ts";

const judgements: readonly Judgement[] = ["broken", "broken", "holds", "open", "unclaimed"];

/** Some of the combinations of two to four factors, each with any judgement. */
const someRuns = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }).chain((sizes) =>
  fc.record({
    sizes: fc.constant(sizes),
    runs: fc
      .tuple(...[...product(sizes)].map(() => fc.option(fc.constantFrom(...judgements), { freq: 4 })))
      .map((found) =>
        [...product(sizes)].flatMap((values, k): readonly JudgedRun[] =>
          found[k] ? [{ values, judgement: found[k] }] : [],
        ),
      ),
  }),
);

/** As after `--pairs`: what changes at most one value holds, so that only more changes can break. */
const harmlessAlone = someRuns.map(({ sizes, runs }) => ({
  sizes,
  runs: runs.map((run): JudgedRun =>
    run.values.filter((value) => value > 0).length < 2 ? { ...run, judgement: "holds" } : run,
  ),
}));

/** As a list with a hole for each factor that is free: all sets of settings that there can be. */
type Partial = readonly (number | undefined)[];

const allSets = (sizes: readonly number[]): readonly Partial[] =>
  [...product(sizes.map((size) => size + 1))].map((values) =>
    values.map((value, factor) => (value === sizes[factor] ? undefined : value)),
  );

const matches = (set: Partial, values: readonly number[]): boolean =>
  set.every((value, factor) => value === undefined || values[factor] === value);

const sizeOf = (set: Partial): number => set.filter((value) => value !== undefined).length;

const settingsOf = (set: Partial): readonly Setting[] =>
  set.flatMap((value, factor) => (value === undefined ? [] : [{ factor, value }]));

/** The same from the definition alone. */
function byBruteForce(sizes: readonly number[], runs: readonly JudgedRun[], most: number) {
  const breaks = (set: Partial): boolean => {
    const having = runs.filter(({ values }) => matches(set, values));
    return having.length > 0 && having.every(({ judgement }) => judgement === "broken");
  };
  const breaking = allSets(sizes).filter((set) => sizeOf(set) <= most && breaks(set));
  const explained = (values: readonly number[], below: number): boolean =>
    breaking.some((set) => sizeOf(set) < below && matches(set, values));
  const broken = runs.filter(({ judgement }) => judgement === "broken");
  const sets = breaking.filter((set) =>
    broken.some(({ values }) => matches(set, values) && !explained(values, sizeOf(set))),
  );
  return { sets, unexplained: broken.filter(({ values }) => !explained(values, most + 1)).length };
}

const sorted = (sets: readonly (readonly Setting[])[]): readonly string[] =>
  sets.map((set) => JSON.stringify(set)).sort();

describe("Sets of settings that break a claim", () => {
  test("are those that a search through all sets finds", () => {
    fc.assert(
      fc.property(someRuns, fc.integer({ min: 0, max: 4 }), ({ sizes, runs }, most) => {
        const { sets, unexplained } = breakingSets(runs, most);
        const expected = byBruteForce(sizes, runs, most);
        expect(sorted(sets.map(({ settings }) => settings))).toEqual(sorted(expected.sets.map(settingsOf)));
        expect(unexplained).toBe(expected.unexplained);
        for (const { settings, runs: count } of sets)
          expect(count).toBe(
            runs.filter(({ values }) => settings.every(({ factor, value }) => values[factor] === value)).length,
          );
      }),
      { seed: 20210125, numRuns: 400 },
    );
  });

  test("of a whole product are exactly the runs that break it", () => {
    fc.assert(
      fc.property(someRuns, ({ sizes, runs }) => {
        const broken = new Set(
          runs.filter(({ judgement }) => judgement === "broken").map(({ values }) => values.join()),
        );
        const whole = [...product(sizes)].map((values): JudgedRun => ({
          values,
          judgement: broken.has(values.join()) ? "broken" : "holds",
        }));
        const { sets, unexplained } = breakingSets(whole, sizes.length);
        const says = (values: readonly number[]): boolean =>
          sets.some(({ settings }) => settings.every(({ factor, value }) => values[factor] === value));
        expect(whole.filter(({ values }) => says(values)).map(({ values }) => values.join())).toEqual([...broken]);
        expect([unexplained, sets.some(({ maybeSmaller }) => maybeSmaller)]).toEqual([0, false]);
      }),
      { seed: 20210125, numRuns: 200 },
    );
  });

  test("are given up as soon as one run with them does not break it", () => {
    let contradicted = 0;
    fc.assert(
      fc.property(
        someRuns,
        fc.nat(),
        fc.constantFrom<Judgement>("holds", "open", "unclaimed"),
        ({ runs }, pick, other) => {
          const { sets } = breakingSets(runs, 4);
          if (sets.length === 0) return;
          const { settings } = sets[pick % sets.length]!;
          const index = runs.findIndex(({ values }) => settings.every(({ factor, value }) => values[factor] === value));
          const changed = runs.with(index, { ...runs[index]!, judgement: other });
          contradicted++;
          expect(sorted(breakingSets(changed, 4).sets.map((set) => set.settings))).not.toContain(
            JSON.stringify(settings),
          );
        },
      ),
      { seed: 20210125, numRuns: 200 },
    );
    expect(contradicted).toBeGreaterThan(100);
  });

  test("may be smaller where only searches without an answer are against it", () => {
    const run = (a: number, b: number, judgement: Judgement): JudgedRun => ({ values: [a, b], judgement });
    const runs = (other: Judgement) => [run(0, 0, "holds"), run(0, 1, "holds"), run(1, 0, other), run(1, 1, "broken")];
    const both = [
      { factor: 0, value: 1 },
      { factor: 1, value: 1 },
    ];
    expect(breakingSets(runs("open"), 2).sets).toEqual([{ settings: both, runs: 1, maybeSmaller: true }]);
    expect(breakingSets(runs("holds"), 2).sets).toEqual([{ settings: both, runs: 1 }]);
    expect(breakingSets(runs("unclaimed"), 2).sets).toEqual([{ settings: both, runs: 1 }]);
    expect(breakingSets([run(0, 0, "broken")], 2).sets).toEqual([{ settings: [], runs: 1 }]);
  });
});

test("Enough of the sets are those without which some breaking run would have none", () => {
  let fewer = 0;
  fc.assert(
    fc.property(someRuns, ({ runs }) => {
      const { sets } = breakingSets(runs, 4);
      const few = enough(sets, runs);
      const explainedBy = (some: readonly { readonly settings: readonly Setting[] }[]): readonly string[] =>
        runs
          .filter(({ values }) =>
            some.some(({ settings }) => settings.every(({ factor, value }) => values[factor] === value)),
          )
          .map(({ values }) => values.join());
      expect(few.every((set) => sets.includes(set))).toBe(true);
      expect(explainedBy(few)).toEqual(explainedBy(sets));
      for (const [k] of few.entries())
        expect(explainedBy(few.slice(0, k + 1)).length).toBeGreaterThan(explainedBy(few.slice(0, k)).length);
      fewer += Number(few.length < sets.length);
    }),
    { seed: 20210125, numRuns: 300 },
  );
  expect(fewer).toBeGreaterThan(0);
});

const verdictAt = (runs: readonly JudgedRun[], values: readonly number[]): Judgement | undefined =>
  runs.find((run) => run.values.join() === values.join())?.judgement;

test("A setting mends in the runs that differ from a breaking one in it alone, and hold", () => {
  let mended = 0;
  fc.assert(
    fc.property(someRuns, ({ sizes, runs }) => {
      const expected = sizes.flatMap((size, factor) =>
        Array.from({ length: size }, (_, value) => {
          const others = runs.flatMap((run) =>
            run.judgement === "broken"
              ? runs.filter(
                  ({ values }) =>
                    values[factor] === value &&
                    run.values.every((has, k) => (k === factor ? has !== value : values[k] === has)),
                )
              : [],
          );
          const holding = others.filter(({ judgement }) => judgement === "holds").length;
          const open = others.filter(({ judgement }) => judgement === "open").length;
          return { setting: { factor, value }, runs: holding, of: others.length, ...(open > 0 && { open }) };
        }).filter((one) => one.runs > 0),
      );
      mended += expected.length;
      expect(mendingSettings(runs, sizes)).toEqual(expected);
    }),
    { seed: 20210125, numRuns: 300 },
  );
  expect(mended).toBeGreaterThan(50);
});

test("A pair breaks what neither breaks alone: base and single changes hold, and both together do not", () => {
  const found = { alone: 0, suspected: 0 };
  fc.assert(
    fc.property(fc.oneof(someRuns, harmlessAlone), ({ sizes, runs }) => {
      const { sets } = breakingSets(runs, 2);
      const base = sizes.map(() => 0);
      const at = (...changes: readonly Setting[]): Judgement | undefined =>
        verdictAt(
          runs,
          base.map((value, factor) => changes.find((change) => change.factor === factor)?.value ?? value),
        );
      const expected = allSets(sizes)
        .filter((set) => sizeOf(set) === 2 && !set.includes(0))
        .flatMap((set) => {
          const [one, other] = settingsOf(set) as [Setting, Setting];
          if (at() !== "holds" || at(one) !== "holds" || at(other) !== "holds") return [];
          const isSuspected = sets.some(({ settings }) => JSON.stringify(settings) === JSON.stringify([one, other]));
          if (at(one, other) === "broken") return [{ settings: [one, other], alone: true }];
          return at(one, other) === undefined && isSuspected ? [{ settings: [one, other], alone: false }] : [];
        });
      const pairs = breakingPairs(runs, sizes, sets);
      for (const { alone } of pairs) found[alone ? "alone" : "suspected"]++;
      expect(sorted(pairs.map(({ settings, alone }) => [...settings, { factor: Number(alone), value: 0 }]))).toEqual(
        sorted(expected.map(({ settings, alone }) => [...settings, { factor: Number(alone), value: 0 }])),
      );
    }),
    { seed: 20210125, numRuns: 1000 },
  );
  expect(found.alone).toBeGreaterThan(0);
  expect(found.suspected).toBeGreaterThan(0);
});
