/**
 * Whether what was observed is a behaviour of a system. One run that shows it is enough for an explanation: a walk looks for
 * one (inclusion-repair.ts). Where it finds none, all runs are followed as sets of states (inclusion-sets.ts), which decides.
 */
import { Lines } from "./inclusion-lines.ts";
import { Sets } from "./inclusion-sets.ts";
import { walk } from "./inclusion-repair.ts";
import type { Answer, InclusionLimits, Turn, World } from "./inclusion-world.ts";
import type { Observation } from "./observed.ts";

/** Steps of a walk for one observation, for each observation that there is: sets decide short traces at once. */
const WALKED = 40;

/**
 * Whether the observations, from `observations()`, are a behaviour of the system from one of the states.
 *
 * Explained: some run of the system shows exactly these observations in an order that their lanes and windows allow. Not
 * explained: there is none, or, if it is not exhaustive, none was found from the states that were kept.
 */
export function explain<State>(
  world: World<State>,
  initial: readonly State[],
  observed: readonly Observation[],
  limits: InclusionLimits,
): Answer {
  const lines = new Lines(observed);
  let reached = 0;
  for (const [from, state] of initial.entries()) {
    const limit = Math.min(limits.states, WALKED * observed.length);
    for (const turns of plansFor(world, state)) {
      const walked = walk(world, lines, state, limit, turns);
      if (walked.steps) return { kind: "explained", steps: walked.steps, from };
      reached = Math.max(reached, walked.reached);
    }
  }
  const answer = new Sets(world, lines, limits).explain(initial);
  if (answer.kind === "explained") return initial.length === 1 ? { ...answer, from: 0 } : answer;
  if (lines.demands.indexOf(answer.at) >= reached) return answer;
  // Some run shows more than the sets have reached: they were bounded.
  const because = "some run shows all lines before it, and of the other runs not all were followed";
  return { kind: "undecided", at: lines.demands[reached]!, because };
}

/** The plan, and then none. */
function plansFor<State>({ plan }: World<State>, initial: State): readonly (readonly Turn[])[] {
  const turns = plan?.(initial) ?? [];
  return turns.length === 0 ? [[]] : [turns, []];
}
