/** From a tape that fails to the trace that is shown: shortened, replayed through XState and told. */
import { Core } from "../../kernel/core.ts";
import type { DrawRecord, TraceRecord } from "../../run-record.ts";
import { ModelError, type System } from "../../system.ts";
import { DEADLOCK } from "../claims/deadlock.ts";
import { modelRecord, type Origin } from "../exhaustive.ts";
import { instancesOf, type Instance, type Source } from "../claims/instances.ts";
import { Judge } from "../claims/judge.ts";
import { sourceOf } from "../claims/core-source.ts";
import { breaks, deadlocks, mistaken, type Goal } from "./minimal-goal.ts";
import { minimise, type MinimalBounds } from "./minimal.ts";
import { askHolds, PredicateError } from "../claims/predicate.ts";
import { runTape, subjectOf, type Tape } from "./random-walk.ts";
import { narrate, traceOf } from "../paths/trace.ts";

export interface FailingTape {
  readonly tape: Tape;
  /** What fast-check needs to draw it again. */
  readonly drawn?: DrawRecord;
  /** The id of the property that fails; default: the first that the tape makes fail. */
  readonly subject?: string;
}

/** The goal that a failure with this subject has reached. */
export function goalOf(core: Core, subject: string): Goal {
  if (subject === "MISTAKE") return mistaken;
  if (subject === DEADLOCK.id) return deadlocks(core);
  return breaks(
    core,
    instancesOf(core.system).filter(({ property }) => property.id === subject),
  );
}

/**
 * The trace of a failing tape, as short as can be shown. Throws ModelError for a mistake in the model, with the path to
 * it, and when the tape fails nothing.
 */
export function explain(system: System, origin: Origin, failing: FailingTape, bounds?: MinimalBounds): TraceRecord {
  return explainIn(new Core(system), origin, failing, bounds);
}

export function explainIn(core: Core, origin: Origin, failing: FailingTape, bounds?: MinimalBounds): TraceRecord {
  const { system } = core;
  const subject = failing.subject ?? firstSubject(core, failing.tape);
  const { path, minimality } = minimise(core, failing.tape, goalOf(core, subject), bounds);
  if (subject === "MISTAKE") throw mistakeAfter(core, path);
  const actions = path.map((action) => system.actions[action]!);
  const trace = traceOf(system, modelRecord(system, origin), actions, aboutAfter(core, path, subject), minimality);
  return failing.drawn ? { ...trace, drawn: failing.drawn } : trace;
}

function firstSubject(core: Core, tape: Tape): string {
  const { failure } = runTape(core, new Judge(core), tape);
  if (!failure) throw new ModelError(`A tape of ${tape.length} entries was to be explained, but nothing fails on it.`);
  return subjectOf(failure);
}

function goAlong(core: Core, path: Tape): void {
  core.vector.set(core.initial);
  for (const action of path) core.takeAction(action);
}

/** The instance of the property that is violated at the end of the path. */
function aboutAfter(core: Core, path: Tape, subject: string) {
  if (subject === DEADLOCK.id) return DEADLOCK;
  goAlong(core, path);
  const isViolated = breaksAt(sourceOf(core, core.vector));
  return instancesOf(core.system).find((one) => one.property.id === subject && isViolated(one))!;
}

/** Whether the instance is violated; one whose predicate fails is not known to be. */
const breaksAt =
  (source: Source) =>
  (instance: Instance): boolean => {
    try {
      return !askHolds(instance, source);
    } catch (error) {
      if (error instanceof PredicateError) return false;
      throw error;
    }
  };

/** The mistake that the last step of the path makes, with the way to it. */
function mistakeAfter(core: Core, path: Tape): ModelError {
  const steps = path.map((action) => narrate(core.system.actions[action]!));
  try {
    goAlong(core, path);
  } catch (error) {
    core.undo();
    if (!(error instanceof ModelError)) throw error;
    return new ModelError(
      `${error.message}\nIt happens in the last of ${steps.length} steps:\n  ${steps.join("\n  ")}`,
    );
  }
  return new ModelError("A mistake in the model was met once but not again: a machine or a route is not a function.");
}
