/** Which combinations of values are run: all of them, or so few that each pair of values is in one. Values are indices. */
import { createRequire } from "node:module";
import type * as Covertable from "covertable";
import type { Setting } from "../../reports/sweep.ts";

/** A script, which asks for modules of Node as only a script can: neither bundled nor imported. */
const { make } = createRequire(import.meta.url)("covertable") as typeof Covertable;

export type Values = readonly number[];

/** Why nothing can be built with a combination, or undefined. */
export type Impossible = (values: Values) => string | undefined;

export const productSize = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);

/** All combinations; those of the last factor change fastest. */
export function* product(sizes: readonly number[]): Generator<Values> {
  const [size, ...rest] = sizes;
  if (size === undefined) yield [];
  else for (let value = 0; value < size; value++) for (const others of product(rest)) yield [value, ...others];
}

const withSettings = (values: Values, settings: readonly Setting[]): Values =>
  settings.reduce((changed, { factor, value }) => changed.with(factor, value), values);

/** A combination with the settings that can be built: the base with at most two further changes, fewest first. */
export function completion(
  settings: readonly Setting[],
  sizes: readonly number[],
  impossible: Impossible,
): Values | undefined {
  const fixed = new Set(settings.map(({ factor }) => factor));
  const start = withSettings(
    sizes.map(() => 0),
    settings,
  );
  const changes = sizes.flatMap((size, factor): readonly Setting[] =>
    fixed.has(factor) ? [] : Array.from({ length: size - 1 }, (_, k) => ({ factor, value: k + 1 })),
  );
  if (impossible(start) === undefined) return start;
  const once = changes.map((change) => withSettings(start, [change]));
  const found = once.find((values) => impossible(values) === undefined);
  if (found) return found;
  for (const [k, values] of once.entries())
    for (const other of changes.slice(k + 1)) {
      if (other.factor === changes[k]!.factor) continue;
      const twice = withSettings(values, [other]);
      if (impossible(twice) === undefined) return twice;
    }
  return undefined;
}

const pairsOf = (sizes: readonly number[]): readonly (readonly [Setting, Setting])[] =>
  sizes.flatMap((size, factor) =>
    sizes.slice(factor + 1).flatMap((otherSize, k) =>
      [...product([size, otherSize])].map(
        ([value, other]) =>
          [
            { factor, value: value! },
            { factor: factor + 1 + k, value: other! },
          ] as const,
      ),
    ),
  );

const keyOf = ([one, other]: readonly [Setting, Setting]): string =>
  `${one.factor}=${one.value} ${other.factor}=${other.value}`;

function* pairsIn(values: Values): Generator<string> {
  for (let factor = 0; factor < values.length; factor++)
    for (let other = factor + 1; other < values.length; other++)
      yield `${factor}=${values[factor]} ${other}=${values[other]}`;
}

export interface Covered {
  readonly rows: readonly Values[];
  /** Pairs that no combination was found for that can be built. */
  readonly unmet: readonly (readonly [Setting, Setting])[];
}

/** The base with each other value alone. */
const alone = (sizes: readonly number[]): readonly Values[] => {
  const base = sizes.map(() => 0);
  return [base, ...sizes.flatMap((size, factor) => valuesFrom(1, size).map((value) => base.with(factor, value)))];
};

const valuesFrom = (from: number, size: number): readonly number[] =>
  Array.from({ length: size - from }, (_, k) => from + k);

/** The combination with as few values as needed, and at most two, put back to those of the base, so that it can be built. */
function mended(values: Values, impossible: Impossible): Values | undefined {
  const changed = values.flatMap((value, factor) => (value === 0 ? [] : [factor]));
  for (let size = 0; size <= 2; size++)
    for (const factors of subsets(changed, size)) {
      const fewer = factors.reduce((all, factor) => all.with(factor, 0), values);
      if (impossible(fewer) === undefined) return fewer;
    }
  return undefined;
}

function* subsets(of: readonly number[], size: number): Generator<readonly number[]> {
  if (size === 0) yield [];
  else
    for (const [k, first] of of.entries())
      for (const rest of subsets(of.slice(k + 1), size - 1)) yield [first, ...rest];
}

/** The base, the base with each other value alone, and rows of a covering array, so that each pair of values is in one. */
export function pairwise(sizes: readonly number[], impossible: Impossible): Covered {
  const rows = new Map<string, Values>();
  const covered = new Set<string>();
  const take = (values: Values): void => {
    if (rows.has(values.join()) || impossible(values) !== undefined) return;
    rows.set(values.join(), values);
    for (const pair of pairsIn(values)) covered.add(pair);
  };
  alone(sizes).forEach(take);
  // Its default sorter hashes: the same array each time.
  const array = sizes.length > 1 ? make(sizes.map((size) => [...valuesFrom(0, size)])) : [];
  for (const row of array) {
    const values = mended(row, impossible);
    if (values) take(values);
  }
  const unmet: (readonly [Setting, Setting])[] = [];
  for (const pair of pairsOf(sizes)) {
    if (covered.has(keyOf(pair))) continue;
    const values = completion(pair, sizes, impossible);
    if (values) take(values);
    else unmet.push(pair);
  }
  return { rows: [...rows.values()], unmet };
}

/** The base with each other value alone, and with each two of them. What cannot be built is unmet. */
export function eachPair(sizes: readonly number[], impossible: Impossible): Covered {
  const base = sizes.map(() => 0);
  const pairs = pairsOf(sizes).filter(([one, other]) => one.value !== 0 && other.value !== 0);
  const isPossible = (values: Values): boolean => impossible(values) === undefined;
  return {
    rows: [...alone(sizes), ...pairs.map((pair) => withSettings(base, pair))].filter(isPossible),
    unmet: pairs.filter((pair) => !isPossible(withSettings(base, pair))),
  };
}
