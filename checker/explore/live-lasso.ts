/** From a set of states to a run that stays in it for ever: a shortest way there, then a cycle that is fair. */
import type { FairSet } from "./live-fair.ts";
import type { Region } from "./live-region.ts";

/** Numbers of actions. An empty cycle: the run ends up where nothing has to happen. */
export interface Lasso {
  readonly prefix: readonly number[];
  readonly cycle: readonly number[];
}

/** The shortest run on which the place is reached while something is owed. */
export function prefixTo({ graph, states, before, via }: Region, place: number): readonly number[] {
  const { store } = graph.search;
  const actions: number[] = [];
  let at = place;
  for (; before[at]! >= 0; at = before[at]!) actions.push(graph.actionOf(states[before[at]!]!, via[at]!));
  for (let state = states[at]!; store.parents[state]! >= 0; state = store.parents[state]!)
    actions.push(store.actions[state]!);
  return actions.reverse();
}

/**
 * A cycle through the first place of the set: from one missing witness of fairness to the nearest other one, and back. A
 * witness is a step of the class, or for a weak class a state in which none is possible.
 */
export function lassoIn(region: Region, set: FairSet): Lasso {
  const { assumed, possible } = region;
  const start = set.places[0]!;
  let missing = set.places.reduce((ever, place) => ever | possible[place]!, 0);
  const cycle: number[] = [];
  let at = start;
  const absent = (place: number): number => assumed.weak & ~possible[place]!;
  missing &= ~absent(start);
  for (;;) {
    const way = wayFrom(region, set, at, missing, start);
    for (const { action, place } of way) {
      cycle.push(action);
      missing &= ~(assumed.ofAction[action]! | absent(place));
      at = place;
    }
    if (missing === 0 && at === start) return { prefix: prefixTo(region, start), cycle };
  }
}

interface Step {
  readonly action: number;
  readonly place: number;
}

/** The shortest way inside of the set to a witness of a missing class, or, when none is missing, to `home`. */
function wayFrom(region: Region, set: FairSet, from: number, missing: number, home: number): readonly Step[] {
  if (missing === 0 && from === home) return [];
  const { graph, states, places, assumed, possible } = region;
  const { offsets, targets } = graph;
  const came = new Map<number, { readonly before: number; readonly action: number }>();
  const wayTo = (last: Step, before: number): readonly Step[] => {
    const way = [last];
    for (let at = before; at !== from;) {
      const step = came.get(at)!;
      way.push({ action: step.action, place: at });
      at = step.before;
    }
    return way.reverse();
  };
  const queue = [from];
  for (const place of queue) {
    const state = states[place]!;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      const next = places[target]!;
      if (target === state || next < 0 || !set.contains(next)) continue;
      const action = graph.actionOf(state, edge);
      const witnesses = missing & (assumed.ofAction[action]! | (assumed.weak & ~possible[next]!));
      if (missing === 0 ? next === home : witnesses !== 0) return wayTo({ action, place: next }, place);
      if (next === from || came.has(next)) continue;
      came.set(next, { before: place, action });
      queue.push(next);
    }
  }
  throw new Error("A fair set of states has no way to a witness of its own fairness.");
}
