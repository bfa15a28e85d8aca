/**
 * Judges a stored path again: takes it through real XState, and says whether its last state still is what it was kept
 * for.
 */
import type { ModelRecord, TraceRecord } from "../run-record.ts";
import { take } from "../simulation.ts";
import { defineSystem, type Action, type System } from "../system.ts";
import { BreadthFirst } from "./breadth-first.ts";
import { goals } from "./can-always.ts";
import { DEADLOCK } from "./exhaustive.ts";
import { instancesOf, type Instance } from "./instances.ts";
import { objectionTo } from "./live-verify.ts";
import { askHolds, PredicateError } from "./predicate.ts";
import { sourceOfState } from "./source.ts";
import { replay, traceOf } from "./trace.ts";

export type PathVerdict = "violated" | "holds" | "witnessed" | "unknown";

export interface Verified {
  readonly trace: TraceRecord;
  readonly verdict: PathVerdict;
  /** Why it is unknown, where that is known. */
  readonly because?: string;
}

/** States searched from the end of a path for a goal that should stay reachable. */
const AHEAD = 2_000_000;

/**
 * The verdict on the property with this id at the end of the path, or for `leadsTo` of the run whose cycle begins at step
 * `loop`; throws StepError where a step cannot happen.
 */
export function verifyPath(
  system: System,
  model: ModelRecord,
  actions: readonly Action[],
  property: { readonly id: string; readonly statement: string },
  minimality: TraceRecord["minimality"],
  loop = actions.length,
): Verified {
  const { final } = replay(system, actions);
  if (property.id === DEADLOCK.id) {
    const stuck = system.actions.every((action) => !take(system, final, action).taken);
    return { trace: traceOf(system, model, actions, DEADLOCK, minimality), verdict: stuck ? "violated" : "holds" };
  }
  const instances = instancesOf(system).filter((instance) => instance.property.id === property.id);
  const judged = instances.map((instance) => ({ instance, ...verdictAt(system, actions, instance, loop) }));
  const isTelling = ({ verdict }: Judged): boolean => verdict === "violated" || verdict === "witnessed";
  const telling = judged.find(isTelling) ?? judged.find(({ verdict }) => verdict === "unknown") ?? judged[0];
  if (!telling) return { trace: traceOf(system, model, actions, property, minimality), verdict: "unknown" };
  const { instance, verdict, because } = telling;
  const { steps } = replay(system, actions, instance);
  const bare = traceOf(system, model, actions, instance.property, minimality);
  const { kind } = instance.property;
  return {
    trace: { ...bare, kind, reads: instance.slots, steps, ...(kind === "leadsTo" && { loop }) },
    verdict,
    ...(because !== undefined && { because }),
  };
}

type Judged = Pick<Verified, "verdict" | "because">;

/** A predicate that fails on the path or after it leaves its claim unknown. */
function verdictAt(system: System, actions: readonly Action[], instance: Instance, loop: number): Judged {
  try {
    return { verdict: askedAt(system, actions, instance, loop) };
  } catch (error) {
    if (error instanceof PredicateError) return { verdict: "unknown", because: error.message };
    throw error;
  }
}

function askedAt(system: System, actions: readonly Action[], instance: Instance, loop: number): PathVerdict {
  const { kind } = instance.property;
  if (kind === "leadsTo") return objectionTo(system, { actions, loop }, instance) === undefined ? "violated" : "holds";
  if (kind === "canAlways") return canStill(system, actions, instance);
  const holds = askHolds(instance, sourceOfState(replay(system, actions).final));
  if (kind === "sometimes") return holds ? "witnessed" : "holds";
  return holds ? "holds" : "violated";
}

/** Whether the goal is still reachable from the end of the path. */
function canStill(system: System, actions: readonly Action[], instance: Instance): PathVerdict {
  const ahead = defineSystem({ ...system, properties: [], prologue: [...(system.prologue ?? []), ...actions] });
  const search = new BreadthFirst(ahead, { maxStates: AHEAD });
  while (search.advance(1 << 16));
  if (goals(search, instance).includes(1)) return "holds";
  return search.complete ? "violated" : "unknown";
}
