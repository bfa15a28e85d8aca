/** How a family of the catalogue is held against random interleavings of random configurations. */
import fc from "fast-check";
import { startExhaustive, type Known } from "../checker/explore/exhaustive.ts";
import { explain } from "../checker/explore/random-explain.ts";
import { Memo } from "../checker/explore/random-memo.ts";
import { tape } from "../checker/explore/random-tape.ts";
import { runTape, subjectOf } from "../checker/explore/random-walk.ts";
import type { Property } from "../checker/property.ts";
import { anyRequest, type Scope } from "./arbitraries/configuration.ts";
import { knownToBreak } from "./departures/known.ts";
import { anyWalk, buildWith, type DrawnWalk } from "./arbitraries/walk.ts";
import type { Request } from "./build.ts";
import { catalogue } from "./catalogue/index.ts";
import type { Parameters } from "./catalogue/parameters.ts";
import { keep, PropertyViolation } from "./report.ts";
import { suite } from "./suite.ts";

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
const familyOf = (id: string): string => id.replace(/-\d+$/, "");

/** Whether a failure with this subject counts for the family: not where it is known, with a reason. */
function counting(family: string, known: Known): (subject: string) => boolean {
  return (subject) => subject === "MISTAKE" || (familyOf(subject) === family && known[subject] === undefined);
}

export type Excuse = (parameters: Parameters) => Known;

const belongsTo =
  (family: string) =>
  ({ id, kind }: Property): boolean =>
    familyOf(id) === family && kind !== "canAlways";

/**
 * No walk violates a sentence of the family, and none shows a mistake in the model.
 *
 * @param family "PIN", or "DEADLOCK" for the sentence that some step is always possible.
 * @param excuse Which sentences a configuration is known to break.
 * @throws PropertyViolation with the shortest path that was found, in the smallest configuration; ModelError for a mistake.
 */
export function expectNoViolation(family: string, effort: Effort, excuse: Excuse = knownToBreak): void {
  const walked = ({ memo, entries }: DrawnWalk) =>
    runTape(memo.core, memo.judge, entries, counting(family, excuse(memo.system.parameters as unknown as Parameters)));
  const parameters = { seed: seed(), numRuns: runs(effort.runs), endOnFailure: effort.steps > LONGEST_SHRUNK };
  // Before anything can go wrong, so that also a run that is cut off can be run again.
  process.stdout.write(
    `${family}: ${parameters.numRuns} ${effort.size} configurations, FAULTLINE_SEED=${parameters.seed}\n`,
  );
  const walks = anyWalk(anyRequest(effort), effort.steps, belongsTo(family));
  const details = fc.check(
    fc.property(walks, (walk) => walked(walk).failure === undefined),
    parameters,
  );
  if (!details.failed) return;
  const walk = details.counterexample?.[0];
  const failure = walk && walked(walk).failure;
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

/** Walks through each system of the suite, and through those below, and the most steps of one. */
const WITNESS = { walks: 100, steps: 600 } as const;
/** States looked at, shortest paths first, for what the walks did not see. */
const WITNESS_STATES = 200_000;

/** What the suite leaves out, because there it would cost states and show nothing new. */
const BESIDES: readonly Request[] = [
  { system: "pri-overflow", hardware: "vtd", set: { allocations: "may-fail" } },
  { system: "pin-limit", hardware: "vtd", set: { reclaim: "periodic" } },
  { system: "unmap-race", hardware: "vtd", set: { slots: 2, commands: 4, reclaims: true } },
].map((request) => ({ ...request, host: "rfc-v1-on-groups", bounds: "default" }));

/**
 * The ids of the `sometimes` of the family that no walk saw, and no search from the first states on. Without this, a
 * family could hold because nothing ever happens.
 */
export function unseen(family: string): readonly string[] {
  const wanted = new Set(
    catalogue.filter(({ id, kind }) => kind === "sometimes" && familyOf(id) === family).map(({ id }) => id),
  );
  for (const request of [...suite("default"), ...BESIDES]) {
    if (wanted.size === 0) break;
    const system = buildWith(request, ({ id }) => wanted.has(id));
    const memo = new Memo(system);
    if (memo.judge.instances.length === 0) continue;
    const tapes = tape(system, { maxLength: WITNESS.steps }, memo);
    for (const entries of fc.sample(tapes, { seed: seed(), numRuns: WITNESS.walks }))
      runTape(memo.core, memo.judge, entries, () => false);
    for (const id of memo.judge.found.keys()) wanted.delete(id);
  }
  for (const request of suite("small")) {
    if (wanted.size === 0) break;
    const search = startExhaustive(
      buildWith(request, ({ id }) => wanted.has(id)),
      { maxStates: WITNESS_STATES },
    );
    while (search.judge.found.size < wanted.size && search.advance(1 << 12));
    for (const id of search.judge.found.keys()) wanted.delete(id);
  }
  return [...wanted];
}
