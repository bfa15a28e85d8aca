/** How a family of the catalogue is held against random interleavings of random configurations. */
import fc from "fast-check";
import type { Known } from "../checker/explore/exhaustive.ts";
import { explain } from "../checker/explore/random/random-explain.ts";
import { runTape, subjectOf } from "../checker/explore/random/random-walk.ts";
import type { Property } from "../checker/property.ts";
import { anyRequest, type Scope } from "./arbitraries/configuration.ts";
import { knownToBreak } from "./departures/known.ts";
import { anyWalk, type DrawnWalk } from "./arbitraries/walk.ts";
import type { Parameters } from "./catalogue/parameters.ts";
import { keep, PropertyViolation } from "./report.ts";

/** A number from the environment, or the default. */
const fromEnvironment = (name: string, fallback: number): number => {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  if (/^-?\d+$/.test(text)) return Number(text) | 0;
  throw new TypeError(`${name} is "${text}"; it must be a whole number.`);
};

/** Fixed, so that a run that passed passes again; FAULTLINE_SEED draws other configurations and walks. */
export const seed = (): number => fromEnvironment("FAULTLINE_SEED", 20210125);

/** Runs of one test; FAULTLINE_RUNS sets them for all. */
const runs = (fallback: number): number => fromEnvironment("FAULTLINE_RUNS", fallback);

export interface Effort extends Scope {
  readonly runs: number;
  /** Most steps of one walk. */
  readonly steps: number;
}

/** What every family is held against, besides its transports: many small configurations, some far beyond exhaustive search. */
export const SMALL = { size: "small", runs: 50, steps: 500 } as const;
export const LARGE = { size: "large", runs: 5, steps: 5000 } as const;

/** Tapes longer than this are not shrunk one deletion at a time: the minimiser leaves out the rest. */
const LONGEST_SHRUNK = 2000;

/** "PIN" of "PIN-1". */
export const familyOf = (id: string): string => id.replace(/-\d+$/, "");

/** Whether a failure with this subject counts for these families: not where it is known, with a reason. */
function counting(families: readonly string[], known: Known): (subject: string) => boolean {
  return (subject) => subject === "MISTAKE" || (families.includes(familyOf(subject)) && known[subject] === undefined);
}

export type Excuse = (parameters: Parameters) => Known;

const belongsTo =
  (families: readonly string[]) =>
  ({ id, kind }: Property): boolean =>
    families.includes(familyOf(id)) && kind !== "canAlways";

/** Walks that are judged for some families, and whether one passes. */
const judgedFor = (families: readonly string[], effort: Effort, excuse: Excuse) => ({
  walks: anyWalk(anyRequest(effort), effort.steps, belongsTo(families)),
  failureOf: ({ memo, entries }: DrawnWalk) => {
    const known = excuse(memo.system.parameters as unknown as Parameters);
    return runTape(memo.core, memo.judge, entries, counting(families, known)).failure;
  },
});

/** By excuse, families and effort: whether all walks pass. */
const passed = new Map<Excuse, Map<string, boolean>>();

/** Whether all walks pass, judged once for all of the families: without them, each family would be held against the same. */
function allPass(
  families: readonly string[],
  effort: Effort,
  excuse: Excuse,
  drawn: { readonly seed: number; readonly numRuns: number },
): boolean {
  const own = passed.get(excuse) ?? new Map<string, boolean>();
  passed.set(excuse, own);
  const key = JSON.stringify([families, effort, drawn]);
  let known = own.get(key);
  if (known === undefined) {
    const { walks, failureOf } = judgedFor(families, effort, excuse);
    const { failed } = fc.check(
      fc.property(walks, (walk) => failureOf(walk) === undefined),
      { ...drawn, endOnFailure: true },
    );
    own.set(key, (known = !failed));
  }
  return known;
}

/**
 * No walk violates a sentence of the family, and none shows a mistake in the model.
 *
 * @param family "PIN", or "DEADLOCK" for the sentence that some step is always possible.
 * @param excuse Which sentences a configuration is known to break.
 * @param together Families that are held against the same walks. Where one of them fails, each is judged for itself.
 * @throws PropertyViolation with the shortest path that was found, in the smallest configuration; ModelError for a mistake.
 */
export function expectNoViolation(
  family: string,
  effort: Effort,
  { excuse = knownToBreak, together }: { readonly excuse?: Excuse; readonly together?: readonly string[] } = {},
): void {
  const drawn = { seed: seed(), numRuns: runs(effort.runs) };
  // Before anything can go wrong, so that also a run that is cut off can be run again.
  process.stdout.write(`${family}: ${drawn.numRuns} ${effort.size} configurations, FAULTLINE_SEED=${drawn.seed}\n`);
  if (together && allPass(together, effort, excuse, drawn)) return;
  const { walks, failureOf } = judgedFor([family], effort, excuse);
  const details = fc.check(
    fc.property(walks, (walk) => failureOf(walk) === undefined),
    { ...drawn, endOnFailure: effort.steps > LONGEST_SHRUNK },
  );
  if (!details.failed) return;
  const walk = details.counterexample?.[0];
  const failure = walk && failureOf(walk);
  if (!failure) throw details.errorInstance;
  const { memo, request, entries } = walk;
  const trace = explain(memo.system, request, { tape: entries, subject: subjectOf(failure) });
  keep(trace);
  const error = new PropertyViolation(trace, {
    family,
    seed: details.seed,
    path: details.counterexamplePath!,
    runs: details.numRuns,
    shrinks: details.numShrinks,
  });
  // The first frame is then the test's: reporters point to it.
  Error.captureStackTrace(error, expectNoViolation);
  throw error;
}
