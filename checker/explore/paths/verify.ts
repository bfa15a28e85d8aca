/**
 * Judges a stored path again: takes it through real XState, and says whether it still shows what it was kept for, and
 * after which of its steps. What cannot be decided is `unknown`, with the reason, and never a verdict.
 */
import { canonical } from "../../kernel/canon.ts";
import type { ClaimRecord, ModelRecord, TraceRecord } from "../../run-record.ts";
import { possible, take, type GlobalState } from "../../simulation.ts";
import { defineSystem, type Action, type System } from "../../system.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { goals } from "../future/can-always.ts";
import { DEADLOCK } from "../claims/deadlock.ts";
import { instancesOf, type Instance } from "../claims/instances.ts";
import { KEPT, objectionTo } from "./live-verify.ts";
import { askHolds, PredicateError } from "../claims/predicate.ts";
import { sourceOfState } from "../claims/source.ts";
import { replay, statesAlong, StepError, traceOf } from "./trace.ts";

export type PathVerdict = "violated" | "holds" | "witnessed" | "unknown";

export interface Verified {
  /** Up to the step that shows the verdict. */
  readonly trace: TraceRecord;
  readonly verdict: PathVerdict;
  /** For `unknown`. */
  readonly because?: string;
  /** Steps of the path that come after the one that shows the verdict, and show nothing. */
  readonly spare: number;
}

/** A verdict on the first `steps` of the actions. */
interface Judged {
  readonly verdict: PathVerdict;
  readonly because?: string;
  readonly steps: number;
}

/** States searched from the end of a path for a goal that should stay reachable. */
const AHEAD = 2_000_000;
/** States searched before the first look for the goal; after each look, twice as many. */
const FIRST_LOOK = 1 << 10;

/** The ids of what is claimed of the system. */
export const claimedOf = (system: System): readonly string[] => [
  ...new Set(instancesOf(system).map(({ property }) => property.id)),
  ...((system.deadlock ?? "forbidden") === "forbidden" ? [DEADLOCK.id] : []),
];

/** The same actions, as the universe of the system has them. @throws StepError at the first that is none of it */
function ofUniverse(system: System, actions: readonly Action[]): readonly Action[] {
  const universe = new Map(system.actions.map((action) => [canonical(action), action]));
  return actions.map((action, k) => {
    const found = universe.get(canonical(action));
    if (found) return found;
    const { final } = replay(system, ofUniverse(system, actions.slice(0, k)));
    throw new StepError(k, action, strangeness(system, action), possible(system, final));
  });
}

/** What is wrong with an action that is none of the universe. */
function strangeness(system: System, action: Action): string {
  if (action.kind === "deliver") return `there is no channel "${action.channel}"`;
  return system.componentNames.includes(action.component)
    ? `"${action.component}" takes no such event on its own`
    : `there is no component "${action.component}"`;
}

/**
 * The verdict that the path shows on the property with this id; for `leadsTo`, the run whose cycle begins at step `loop`.
 * `ahead`: the most states that are searched beyond its end. Throws StepError where a step cannot happen.
 */
export function verifyPath(
  system: System,
  model: ModelRecord,
  path: readonly Action[],
  property: ClaimRecord,
  minimality: TraceRecord["minimality"],
  loop = path.length,
  ahead = AHEAD,
): Verified {
  const actions = ofUniverse(system, path);
  const states = statesAlong(system, actions);
  const told = (about: Parameters<typeof traceOf>[3], { verdict, because, steps }: Judged): Verified => {
    const spare = actions.length - steps;
    const taken = actions.slice(0, steps);
    return {
      // A path that goes on after its end is not the shortest.
      trace: traceOf(system, model, taken, about, spare > 0 ? "unknown" : minimality),
      verdict,
      ...(because !== undefined && { because }),
      spare,
    };
  };
  if (property.id === DEADLOCK.id) {
    const stuck = system.actions.every((action) => !take(system, states.at(-1)!, action).taken);
    return told(DEADLOCK, { verdict: stuck ? "violated" : "holds", steps: actions.length });
  }
  const all = instancesOf(system)
    .filter((instance) => instance.property.id === property.id)
    .map((instance) => ({ instance, ...judged(system, actions, states, instance, loop, ahead) }));
  const telling = all.sort((a, b) => rank(a) - rank(b) || a.steps - b.steps)[0];
  if (!telling)
    return told(property, { verdict: "unknown", because: `${property.id} is not claimed`, steps: actions.length });
  const { instance, verdict, steps } = telling;
  const { trace: bare, ...rest } = told(instance.property, telling);
  const { kind } = instance.property;
  const trace: TraceRecord = {
    ...bare,
    kind,
    reads: instance.slots,
    steps: replay(system, actions.slice(0, steps), instance).steps,
    ...(kind === "leadsTo" && verdict !== "unknown" && { loop }),
  };
  return { trace, ...rest };
}

/** What one instance shows is shown; and what of one is not known, is not known of all. */
const rank = ({ verdict }: Judged): number => ["violated", "witnessed", "unknown", "holds"].indexOf(verdict);

/** A predicate that fails on the path or after it leaves its claim unknown. */
function judged(...about: Parameters<typeof judge>): Judged {
  try {
    return judge(...about);
  } catch (error) {
    if (error instanceof PredicateError) return { verdict: "unknown", because: error.message, steps: about[1].length };
    throw error;
  }
}

function judge(
  system: System,
  actions: readonly Action[],
  states: readonly GlobalState[],
  instance: Instance,
  loop: number,
  ahead: number,
): Judged {
  const { kind } = instance.property;
  const steps = actions.length;
  if (kind === "canAlways") return canStill(system, actions, instance, ahead);
  if (kind === "leadsTo") {
    const because = objectionTo(system, { actions, loop }, instance);
    if (because === undefined) return { verdict: "violated", steps };
    return KEPT.includes(because) ? { verdict: "holds", steps } : { verdict: "unknown", because, steps };
  }
  const telling = kind === "sometimes";
  const found = states.findIndex((state) => askHolds(instance, sourceOfState(state)) === telling);
  return found < 0 ? { verdict: "holds", steps } : { verdict: telling ? "witnessed" : "violated", steps: found };
}

/** Whether the goal is still reachable from the end of the path; if it is not, from where on. */
function canStill(system: System, actions: readonly Action[], instance: Instance, ahead: number): Judged {
  const reaches = (steps: number): boolean | undefined => reachesGoal(system, actions.slice(0, steps), instance, ahead);
  const atEnd = reaches(actions.length);
  if (atEnd === true) return { verdict: "holds", steps: actions.length };
  if (atEnd === undefined) {
    const because = `no state that it asks for is among the first ${ahead} after the end of the path, and there are more`;
    return { verdict: "unknown", because, steps: actions.length };
  }
  // What cannot be reached from a state cannot be reached from those after it.
  let [least, most] = [0, actions.length];
  while (least < most) {
    const middle = (least + most) >> 1;
    if (reaches(middle) === false) most = middle;
    else least = middle + 1;
  }
  return { verdict: "violated", steps: most };
}

/** Whether the goal is reachable from the end of the path; undefined: not among so many states, and there are more. */
function reachesGoal(
  system: System,
  actions: readonly Action[],
  instance: Instance,
  ahead: number,
): boolean | undefined {
  const after = defineSystem({ ...system, properties: [], prologue: [...(system.prologue ?? []), ...actions] });
  const search = new BreadthFirst(after, { maxStates: ahead });
  for (let states = FIRST_LOOK; ; states *= 2) {
    const goesOn = search.advance(states);
    if (goals(search, instance).includes(1)) return true;
    if (!goesOn) return search.complete ? false : undefined;
  }
}
