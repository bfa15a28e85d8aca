/** What the runs of one system say together, claim by claim. */
import {
  isWhole,
  type ClaimSweep,
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

/** Factors in which some runs differ alone, and all of those are alike. */
function idleFactors(factors: readonly Factor[], runs: readonly SweptRun[]): readonly string[] {
  return factors.flatMap(({ name }, factor) => {
    const alike = new Map<string, SweptRun[]>();
    for (const run of runs) {
      const key = run.values.with(factor, 0).join();
      alike.set(key, [...(alike.get(key) ?? []), run]);
    }
    const groups = [...alike.values()].filter(({ length }) => length > 1);
    const isIdle = groups.every(([first, ...others]) =>
      others.every((run) => foundBy(run) !== undefined && foundBy(run) === foundBy(first!)),
    );
    return groups.length > 0 && isIdle ? [name] : [];
  });
}

/** The part of a system with what its runs say. */
export const analysed = (sweep: Omit<SystemSweep, "claims" | "idle">, method: SweepRecord["method"]): SystemSweep => ({
  ...sweep,
  claims: claimsOf(sweep.factors, sweep.runs, method),
  idle: idleFactors(sweep.factors, sweep.runs),
});
