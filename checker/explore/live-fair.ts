/**
 * Sets of states in which a fair run can stay for ever without paying what it owes. A component is one if each weak class
 * takes a step inside of it or is impossible somewhere in it, and each strong class takes a step inside or is impossible
 * everywhere. Where only a strong class is missing, the states in which it is possible are left out, and what remains is
 * taken apart again (E. A. Emerson, C.-L. Lei, Modalities for model checking). Staying in one state is a run too: as in
 * TLA+, a step that changes nothing is none.
 */
import { Components } from "./live-components.ts";
import type { Region } from "./live-region.ts";

export interface FairSet {
  /** Sorted: the first place is the one that is nearest to the initial state. */
  readonly places: Int32Array;
  readonly contains: (place: number) => boolean;
}

/** How many are kept: those that are nearest to the initial state. */
const KEPT = 4;

/** The nearest state in which nothing has to happen, as its place, or -1. */
export const firstAtRest = ({ possible }: Region): number => possible.indexOf(0);

export function fairSets(region: Region): readonly FairSet[] {
  const { possible, assumed } = region;
  const components = new Components(region);
  const { part } = components;
  let kept: { readonly places: Int32Array; readonly part: number; readonly first: number }[] = [];
  const work: Int32Array[] = [Int32Array.from(region.states, (_, place) => place)];

  const look = (component: Int32Array): void => {
    if (component.length === 1 && possible[component[0]!] !== 0) return;
    let always = -1;
    let ever = 0;
    for (const place of component) {
      always &= possible[place]!;
      ever |= possible[place]!;
    }
    const taken = takenInside(region, part, component, ever);
    if ((always & assumed.weak & ~taken) !== 0) return;
    const missing = ever & assumed.strong & ~taken;
    if (missing !== 0) {
      const rest = component.filter((place) => (possible[place]! & missing) === 0);
      if (rest.length > 0) work.push(rest);
      return;
    }
    const first = component.reduce((least, place) => Math.min(least, place));
    if (kept.length === KEPT && first > kept[KEPT - 1]!.first) return;
    kept.push({ places: component.toSorted(), part: part[first]!, first });
    kept = kept.sort((a, b) => a.first - b.first).slice(0, KEPT);
  };

  for (let members = work.pop(); members; members = work.pop()) components.split(members, look);
  return kept.map(({ places, part: own }) => ({ places, contains: (place) => part[place] === own }));
}

/** The classes that take a step inside of the component; looks no further once all of `ever` are found. */
function takenInside(
  { graph, states, places, assumed }: Region,
  part: Int32Array,
  component: Int32Array,
  ever: number,
): number {
  const { offsets, targets } = graph;
  const own = part[component[0]!];
  let taken = 0;
  for (const place of component) {
    const state = states[place]!;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      if (target === state || places[target]! < 0 || part[places[target]!] !== own) continue;
      taken |= assumed.ofAction[graph.actionOf(state, edge)]!;
    }
    if (taken === ever) break;
  }
  return taken;
}
