/** From a set of states to a run that stays in it for ever: a shortest way there, then a cycle that is fair. */
import type { Approach } from "./live-approach.ts";
import type { FairSet } from "./live-fair.ts";
import { STILL } from "../states/graph.ts";
import type { Region } from "./live-region.ts";

/** Numbers of actions. An empty cycle: the run ends up where nothing has to happen. */
export interface Lasso {
  readonly prefix: readonly number[];
  readonly cycle: readonly number[];
}

/** Starts that are tried, and states that may be looked at for that. */
const STARTS = 24;
const MOST_LOOKS = 500_000;

/**
 * A short lasso in the set: cycles through some of its states, spread over the order in which they were found, are tried,
 * and the shortest is kept. A shorter one may exist.
 */
export function lassoIn(region: Region, approach: Approach, set: FairSet): Lasso {
  const { states } = set;
  const tries = Math.max(1, Math.min(STARTS, states.length, Math.floor(MOST_LOOKS / states.length)));
  let best: Lasso | undefined;
  for (let k = 0; k < tries; k++) {
    const start = states[Math.floor((k * states.length) / tries)]!;
    const lasso = { prefix: approach.to(start), cycle: cycleFrom(region, set, start) };
    if (!best || lengthOf(lasso) < lengthOf(best)) best = lasso;
  }
  return best!;
}

export const lengthOf = ({ prefix, cycle }: Lasso): number => prefix.length + cycle.length;

interface Step {
  readonly action: number;
  /** The state that it leads to. */
  readonly state: number;
}

/**
 * A cycle through `start`: from one missing witness of fairness to the nearest other one, and back. A witness is a step of
 * the class, or for a weak class a state in which none is possible.
 */
function cycleFrom(region: Region, set: FairSet, start: number): readonly number[] {
  const { graph, assumed } = region;
  const { possible, classesOf } = graph;
  const absent = (state: number): number => assumed.weak & ~possible[state]!;
  const ever = set.states.reduce((bits, state) => bits | possible[state]!, 0);
  let missing = ever & (assumed.weak | assumed.strong) & ~absent(start);
  const cycle: number[] = [];
  let at = start;
  do {
    for (const { action, state } of wayFrom(region, set, at, missing, start)) {
      cycle.push(action);
      missing &= ~(classesOf[action]! | absent(state));
      at = state;
    }
  } while (missing !== 0 || at !== start);
  return cycle;
}

/** The shortest way inside of the set to a witness of a missing class, or, when none is missing, to `home`. */
function wayFrom(region: Region, set: FairSet, from: number, missing: number, home: number): readonly Step[] {
  if (missing === 0 && from === home) return [];
  const { graph, assumed } = region;
  const { offsets, targets, actions, classesOf, possible } = graph;
  const came = new Map<number, { readonly before: number; readonly action: number }>();
  const wayTo = (last: Step, before: number): readonly Step[] => {
    const way = [last];
    for (let at = before; at !== from;) {
      const step = came.get(at)!;
      way.push({ action: step.action, state: at });
      at = step.before;
    }
    return way.reverse();
  };
  const queue = [from];
  for (const state of queue) {
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const next = targets[edge]!;
      const action = actions[edge]!;
      if (action === STILL || !set.contains(next)) continue;
      const witnesses = missing & (classesOf[action]! | (assumed.weak & ~possible[next]!));
      if (missing === 0 ? next === home : witnesses !== 0) return wayTo({ action, state: next }, state);
      if (next === from || came.has(next)) continue;
      came.set(next, { before: state, action });
      queue.push(next);
    }
  }
  throw new Error("A fair set of states has no way to a witness of its own fairness.");
}
