/** What the runs of one system say together, claim by claim. */
import {
  isWhole,
  type ClaimSweep,
  type DefectOfValue,
  type Factor,
  type SweepRecord,
  type SweptResult,
  type SweptRun,
  type SystemSweep,
} from "../../reports/sweep.ts";
import {
  breakingPairs,
  breakingSets,
  enough,
  mendingSettings,
  type JudgedRun,
  type Judgement,
} from "./breaking-sets.ts";

/** Settings of a set, at most: only pairs are covered by a sweep of pairs, and nobody reads longer sets. */
const MOST = { product: 4, pairs: 2, "each-pair": 2 } as const;

/** Of an incomplete search, what it does not name may still be claimed. */
function judgementOf(result: SweptResult, id: string): Judgement {
  if (result.kind !== "searched") return "open";
  if (result.broken.some((claim) => claim.id === id)) return "broken";
  if (result.holds.includes(id)) return "holds";
  return !result.complete || result.open.includes(id) ? "open" : "unclaimed";
}

const brokenIn = ({ result }: SweptRun) => (result.kind === "searched" ? result.broken : []);

const changes = ({ values }: SweptRun): number => values.filter((value) => value !== 0).length;

function claimsOf(
  factors: readonly Factor[],
  runs: readonly SweptRun[],
  method: SweepRecord["method"],
): readonly ClaimSweep[] {
  const sizes = factors.map(({ values }) => values.length);
  const claims = new Map(runs.flatMap(brokenIn).map(({ steps: _, known: _known, ...claim }) => [claim.id, claim]));
  return [...claims.values()].map((claim): ClaimSweep => {
    const judged = runs.map(({ values, result }): JudgedRun => ({ values, judgement: judgementOf(result, claim.id) }));
    const count = (wanted: Judgement): number => judged.filter(({ judgement }) => judgement === wanted).length;
    const { sets, unexplained } = breakingSets(judged, MOST[method]);
    // Of the sets that a covering array suggests, nothing says which is the right one.
    const told = method === "pairs" ? sets : enough(sets, judged);
    const [example] = runs
      .map((run, index) => ({ run, index }))
      .filter(({ index }) => judged[index]!.judgement === "broken")
      .sort((a, b) => changes(a.run) - changes(b.run));
    return {
      ...claim,
      broken: count("broken"),
      holds: count("holds"),
      open: count("open"),
      unclaimed: count("unclaimed"),
      known: runs.filter((run) => brokenIn(run).some(({ id, known }) => id === claim.id && known)).length,
      sets: told,
      unexplained,
      mends: mendingSettings(judged, sizes),
      pairs: breakingPairs(judged, sizes, sets),
      example: example!.index,
    };
  });
}

/** What two runs have in common when a factor made no difference. Without an answer: undefined. */
const foundBy = ({ result }: SweptRun): string | undefined => (isWhole(result) ? JSON.stringify(result) : undefined);

/** Runs that differ in this factor alone, by what they have in common. */
function alikeBut(factor: number, runs: readonly SweptRun[]): ReadonlyMap<string, readonly SweptRun[]> {
  const alike = new Map<string, SweptRun[]>();
  for (const run of runs) {
    const key = run.values.with(factor, 0).join();
    const group = alike.get(key);
    if (group) group.push(run);
    else alike.set(key, [run]);
  }
  return alike;
}

/** Factors in which some runs differ alone, and all of those are alike. */
function idleFactors(factors: readonly Factor[], runs: readonly SweptRun[]): readonly string[] {
  return factors.flatMap(({ name }, factor) => {
    const groups = [...alikeBut(factor, runs).values()].filter(({ length }) => length > 1);
    const isIdle = groups.every(([first, ...others]) =>
      others.every((run) => foundBy(run) !== undefined && foundBy(run) === foundBy(first!)),
    );
    return groups.length > 0 && isIdle ? [name] : [];
  });
}

const breaks = (run: SweptRun, among: readonly string[]): readonly string[] =>
  brokenIn(run).flatMap(({ id }) => (among.includes(id) ? [id] : []));

/**
 * What no run shows: some run with the value breaks none of it, and each that does breaks it as well with any other value
 * of the knob.
 */
function unshownOf({ defects, runs }: Pick<SystemSweep, "defects" | "runs">): readonly DefectOfValue[] {
  return defects.filter(({ setting: { factor, value }, any }) => {
    const having = runs.filter(({ values }) => values[factor] === value);
    if (having.every((run) => breaks(run, any).length > 0)) return false;
    const alike = alikeBut(factor, runs);
    return having.every((run) => {
      const others = alike.get(run.values.with(factor, 0).join())!.filter((other) => other !== run);
      return breaks(run, any).every(
        (id) => others.length > 0 && others.every((other) => breaks(other, [id]).length > 0),
      );
    });
  });
}

/** The part of a system with what its runs say. */
export const analysed = (
  sweep: Omit<SystemSweep, "claims" | "unshown" | "idle">,
  method: SweepRecord["method"],
): SystemSweep => ({
  ...sweep,
  claims: claimsOf(sweep.factors, sweep.runs, method),
  unshown: unshownOf(sweep),
  idle: idleFactors(sweep.factors, sweep.runs),
});
