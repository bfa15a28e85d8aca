/** What several runs say of one claim: which settings break it. Nothing is said that one of the runs contradicts. */
import type { BreakingSet, ClaimSweep, Setting } from "../../reports/sweep.ts";

/** `open`: the search ended before it could tell. `unclaimed`: the run does not judge the claim. */
export type Judgement = "broken" | "holds" | "open" | "unclaimed";

export interface JudgedRun {
  readonly values: readonly number[];
  readonly judgement: Judgement;
}

const has = ({ values }: JudgedRun, settings: readonly Setting[]): boolean =>
  settings.every(({ factor, value }) => values[factor] === value);

const keyOf = (settings: readonly Setting[]): string =>
  settings.map(({ factor, value }) => `${factor}=${value}`).join();

/** All sets of `size` settings of a run. */
function* setsOf(values: readonly number[], size: number, from = 0): Generator<readonly Setting[]> {
  if (size === 0) yield [];
  else
    for (let factor = from; factor + size <= values.length; factor++)
      for (const rest of setsOf(values, size - 1, factor + 1)) yield [{ factor, value: values[factor]! }, ...rest];
}

/** Whether leaving out one setting might do as well: only runs without an answer are against it. */
function maybeSmaller(settings: readonly Setting[], runs: readonly JudgedRun[]): boolean {
  return settings.some((without) => {
    const against = runs.filter(
      (run) =>
        run.judgement !== "broken" &&
        has(
          run,
          settings.filter((one) => one !== without),
        ),
    );
    return against.every(({ judgement }) => judgement === "open");
  });
}

/**
 * The smallest sets of at most `most` settings such that every run that has them breaks the claim. A set is given if some
 * breaking run has it that no smaller set explains. `unexplained`: breaking runs that none of the sets explains.
 */
export function breakingSets(
  runs: readonly JudgedRun[],
  most: number,
): { readonly sets: readonly BreakingSet[]; readonly unexplained: number } {
  const sets: BreakingSet[] = [];
  let left = runs.filter(({ judgement }) => judgement === "broken");
  const [{ values } = { values: [] }] = runs;
  for (let size = 0; size <= Math.min(most, values.length) && left.length > 0; size++) {
    const seen = new Set<string>();
    const found: BreakingSet[] = [];
    for (const run of left)
      for (const settings of setsOf(run.values, size)) {
        const key = keyOf(settings);
        if (seen.has(key)) continue;
        seen.add(key);
        const having = runs.filter((one) => has(one, settings));
        if (!having.every(({ judgement }) => judgement === "broken")) continue;
        found.push({
          settings,
          runs: having.length,
          ...(maybeSmaller(settings, runs) && { maybeSmaller: true as const }),
        });
      }
    sets.push(...found.sort((a, b) => b.runs - a.runs || keyOf(a.settings).localeCompare(keyOf(b.settings), "en")));
    left = left.filter((run) => !found.some(({ settings }) => has(run, settings)));
  }
  return { sets, unexplained: left.length };
}

/** So few of the sets that each breaking run that has one of them has one that is left: small and frequent ones first. */
export function enough(sets: readonly BreakingSet[], runs: readonly JudgedRun[]): readonly BreakingSet[] {
  let left = runs.filter(({ judgement }) => judgement === "broken");
  return sets.filter(({ settings }) => {
    const { length } = left;
    left = left.filter((run) => !has(run, settings));
    return left.length < length;
  });
}

const at = (values: readonly number[], { factor, value }: Setting): readonly number[] => values.with(factor, value);

const byValues = (runs: readonly JudgedRun[]): ReadonlyMap<string, Judgement> =>
  new Map(runs.map(({ values, judgement }) => [values.join(), judgement]));

const settingsOf = (sizes: readonly number[]): readonly Setting[] =>
  sizes.flatMap((size, factor) => Array.from({ length: size }, (_, value) => ({ factor, value })));

/** Settings that mend: where a breaking run was also made with this one setting changed, the claim holds there. */
export function mendingSettings(runs: readonly JudgedRun[], sizes: readonly number[]): ClaimSweep["mends"] {
  const judged = byValues(runs);
  const broken = runs.filter(({ judgement }) => judgement === "broken");
  return settingsOf(sizes).flatMap((setting) => {
    const neighbours = broken
      .filter(({ values }) => values[setting.factor] !== setting.value)
      .flatMap(({ values }) => judged.get(at(values, setting).join()) ?? []);
    const { length } = neighbours.filter((judgement) => judgement === "holds");
    const open = neighbours.filter((judgement) => judgement === "open").length;
    return length > 0 ? [{ setting, runs: length, of: neighbours.length, ...(open > 0 && { open }) }] : [];
  });
}

/** Two settings that break the claim, where the base and the base with either of them hold it. */
export function breakingPairs(
  runs: readonly JudgedRun[],
  sizes: readonly number[],
  sets: readonly BreakingSet[],
): ClaimSweep["pairs"] {
  const judged = byValues(runs);
  const base = sizes.map(() => 0);
  if (judged.get(base.join()) !== "holds") return [];
  const harmless = settingsOf(sizes).filter(
    (setting) => setting.value !== 0 && judged.get(at(base, setting).join()) === "holds",
  );
  const suspected = new Set(sets.map(({ settings }) => keyOf(settings)));
  return harmless.flatMap((one, k) =>
    harmless.slice(k + 1).flatMap((other) => {
      if (one.factor === other.factor) return [];
      const together = judged.get(at(at(base, one), other).join());
      const alone = together === "broken";
      const isConsistent = together === undefined && suspected.has(keyOf([one, other]));
      return alone || isConsistent ? [{ settings: [one, other] as const, alone }] : [];
    }),
  );
}
