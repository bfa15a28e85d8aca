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

/** Starts that are tried, and places of all sets that may be looked at for that. */
const STARTS = 24;
const MOST_LOOKS = 3_000_000;

/**
 * A short lasso in the set: cycles through some of its places, spread over the order of distance, are tried, and the
 * shortest is kept. A shorter one may exist.
 */
export function lassoIn(region: Region, set: FairSet): Lasso {
  const { places } = set;
  const tries = Math.max(1, Math.min(STARTS, places.length, Math.floor(MOST_LOOKS / places.length)));
  let best: Lasso | undefined;
  for (let k = 0; k < tries; k++) {
    const start = places[Math.floor((k * places.length) / tries)]!;
    const lasso = { prefix: prefixTo(region, start), cycle: cycleFrom(region, set, start) };
    if (!best || lengthOf(lasso) < lengthOf(best)) best = lasso;
  }
  return best!;
}

export const lengthOf = ({ prefix, cycle }: Lasso): number => prefix.length + cycle.length;

/**
 * A cycle through `start`: from one missing witness of fairness to the nearest other one, and back. A witness is a step of
 * the class, or for a weak class a state in which none is possible.
 */
function cycleFrom(region: Region, set: FairSet, start: number): readonly number[] {
  const { assumed, possible } = region;
  const absent = (place: number): number => assumed.weak & ~possible[place]!;
  let missing = set.places.reduce((ever, place) => ever | possible[place]!, 0) & ~absent(start);
  const cycle: Step[] = [];
  let at = start;
  do {
    for (const step of wayFrom(region, set, at, missing, start)) {
      cycle.push(step);
      missing &= ~(assumed.ofAction[step.action]! | absent(step.place));
      at = step.place;
    }
  } while (missing !== 0 || at !== start);
  return cycle.map(({ action }) => action);
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
