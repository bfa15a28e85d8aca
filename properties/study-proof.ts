/** How a focused model is tested beyond its exhaustive runs: XState, symmetry, deliberate defects, deep walks. */
import fc from "fast-check";
import { auditReport } from "../checker/audit.ts";
import { checkEquivariance } from "../checker/equivariance.ts";
import { startExhaustive, type Known } from "../checker/explore/exhaustive.ts";
import { Memo } from "../checker/explore/random/random-memo.ts";
import { tape } from "../checker/explore/random/random-tape.ts";
import { runTape } from "../checker/explore/random/random-walk.ts";
import { defineSystem } from "../checker/system.ts";
import type { RunRecord } from "../checker/run-record.ts";
import { build, type Request } from "./build.ts";
import { countsOf, nameOfRun } from "./counts.ts";
import { countsOtherwise, DEFECTS } from "./other-counts.ts";
import type { Departure } from "./departures/departure.ts";
import { seed } from "./proof.ts";
import { expectActorsToFollow, expectCoreToFollow } from "./semantics.ts";
import { suite } from "./suite.ts";
import { claimedOf, expectViolations } from "./violations.ts";

const WALKS = { walks: 3, steps: 300 } as const;
const DEEP = { walks: 20, steps: 1500 } as const;
/** States searched before the step table is audited. */
const AUDITED = 10_000;

/** The core and actors do what XState does, every cell of the step table is right, and declared exchanges commute. */
export function expectOneSemantics(request: Request): void {
  const system = defineSystem({ ...build(request), properties: [] });
  expectCoreToFollow(system, WALKS);
  expectActorsToFollow(system, WALKS);
  const search = startExhaustive(system, { maxStates: AUDITED, symmetry: false });
  while (search.advance(1 << 14));
  const { differences, told } = auditReport(search.core);
  if (differences > 0) throw new Error(`The memo is not what XState says: ${JSON.stringify(told[0])}`);
  if (!system.symmetry) return;
  const { first } = checkEquivariance(search.core);
  if (first) throw new Error(`An exchange does not commute with a step: ${JSON.stringify(first)}`);
}

/**
 * The defect, searched exhaustively, violates each sentence of `breaks`. Each must be one that is also claimed when
 * the whole catalogue is: without its witness a sentence is not. The search counts what is pinned of it.
 *
 * @throws Error that tells each sentence that it does not violate.
 */
export function expectBroken({ shown, breaks, when, reason }: Departure): void {
  const system = build(shown);
  const { host, bounds } = system.parameters as unknown as { [part: string]: { [knob: string]: unknown } };
  const knobs = { ...host, ...bounds };
  for (const [knob, value] of Object.entries(when))
    if (knobs[knob] !== value) throw new Error(`The system that shows ${JSON.stringify(when)} has another ${knob}.`);
  const claimed = claimedOf(system);
  const silent = breaks.filter((id) => !claimed.has(id));
  if (silent.length > 0)
    throw new Error(`The system that shows ${JSON.stringify(when)} does not claim ${silent.join()}.`);
  expectCounted(expectViolations(system, shown, breaks, reason));
}

/** @throws Error that says how the search of a deliberate defect differs from what is pinned of it. */
export function expectCounted(run: RunRecord): void {
  const change = countsOtherwise(DEFECTS, nameOfRun(run.model), countsOf(run));
  if (change === undefined) return;
  throw new Error(
    `A deliberate defect counts otherwise: ${change}.\nIf that was meant: npm run counts writes the new counts.`,
  );
}

/** What random walks through the run violate, besides what is known; `canAlways` and `leadsTo` cannot be seen so. */
function violatedBy(request: Request, known: Known): readonly string[] {
  const system = build(request);
  const memo = new Memo(system);
  const tapes = tape(system, { maxLength: DEEP.steps }, memo);
  const failures = fc
    .sample(tapes, { seed: seed(), numRuns: DEEP.walks })
    .map((entries) => runTape(memo.core, memo.judge, entries, (subject) => known[subject] === undefined).failure);
  return failures.flatMap((failure) => (failure ? [JSON.stringify(failure)] : []));
}

/** What random walks through the runs of the focused model at deep bounds violate. */
export const violatedAtDeepBounds = (study: string): readonly string[] =>
  suite("deep")
    .filter(({ system }) => system === study)
    .flatMap(({ known, ...request }) => violatedBy(request, known));
