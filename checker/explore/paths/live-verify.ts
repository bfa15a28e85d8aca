/**
 * Judges a lasso again, through real XState and without the graph: the cycle comes back, what is owed does not come, and
 * every class of steps that the property assumes fair is treated fairly.
 */
import { canonical } from "../../kernel/canon.ts";
import { snapshotText } from "../../kernel/intern.ts";
import type { ModelRecord, TraceRecord } from "../../run-record.ts";
import { take, type GlobalState } from "../../simulation.ts";
import { ModelError, type FairnessClass, type System } from "../../system.ts";
import type { Instance } from "../claims/instances.ts";
import { classesFor } from "../claims/assumed-classes.ts";
import type { Run } from "../future/live.ts";
import { askHolds, askProvided, askWhen } from "../claims/predicate.ts";
import { sourceOfState } from "../claims/source.ts";
import { statesAlong, traceOf } from "./trace.ts";

/** The run is one, and it keeps the promise. All other objections are that it is no run that the promise is about. */
export const KEPT: readonly string[] = ["what is owed comes in the cycle", "nothing is owed"];

/** Why the run does not break the promise, or undefined when it does. Throws StepError where a step cannot happen. */
export function objectionTo(system: System, { actions, loop }: Run, instance: Instance): string | undefined {
  const { property } = instance;
  if (!Number.isInteger(loop) || loop < 0 || loop > actions.length) return `there is no step ${loop} to begin a cycle`;
  const states = statesAlong(system, actions);
  const cycle = states.slice(loop);
  if (!isSame(cycle[0]!, cycle.at(-1)!)) return "the cycle does not come back to where it began";
  const sources = states.map(sourceOfState);
  if (property.provided && !sources.every((source) => askProvided(instance, source)))
    return "it is no run of which the claim is made";
  const paid = sources.findLastIndex((source) => askHolds(instance, source));
  if (paid >= loop) return KEPT[0];
  if (!sources.some((source, k) => k > paid && askWhen(instance, source))) return KEPT[1];
  const taken = actions.slice(loop).filter((_, k) => !isSame(cycle[k]!, cycle[k + 1]!));
  const unfair = classesFor(system, instance).find((one) => {
    if (taken.some(one.actions)) return false;
    const isPossible = (state: GlobalState): boolean => canStep(system, state, one);
    return one.kind === "weak" ? cycle.every(isPossible) : cycle.some(isPossible);
  });
  return unfair && `the cycle is not fair to "${unfair.name}"`;
}

/** Whether a step of the class is possible that changes the state. */
function canStep(system: System, state: GlobalState, { actions }: FairnessClass): boolean {
  return system.actions.filter(actions).some((action) => {
    const step = take(system, state, action);
    return step.taken && !isSame(state, step.state);
  });
}

function isSame(a: GlobalState, b: GlobalState): boolean {
  return (
    a === b ||
    ([...a.snapshots].every(([name, snapshot]) => {
      const other = b.snapshots.get(name)!;
      return snapshot === other || snapshotText(snapshot) === snapshotText(other);
    }) &&
      [...a.channels].every(([name, content]) => {
        const other = b.channels.get(name)!;
        return content === other || canonical(content) === canonical(other);
      }))
  );
}

/** The trace of a run that breaks the promise of the instance. */
export function traceOfRun(
  system: System,
  model: ModelRecord,
  run: Run,
  instance: Instance,
  minimality: TraceRecord["minimality"] = "unknown",
): TraceRecord {
  const objection = objectionTo(system, run, instance);
  if (objection !== undefined)
    throw new ModelError(`The run found against ${instance.property.id} does not break it: ${objection}.`);
  return { ...traceOf(system, model, run.actions, instance, minimality), loop: run.loop };
}
