/**
 * Sets of states in which a fair run can stay for ever without paying what it owes. A component is one if each weak class
 * takes a step inside of it or is impossible somewhere in it, and each strong class takes a step inside or is impossible
 * everywhere. Where only a strong class is missing, the states in which it is possible are left out, and what remains is
 * taken apart again (E. A. Emerson, C.-L. Lei, Modalities for model checking). Staying in one state is a run too: as in
 * TLA+, a step that changes nothing is none.
 */
import { Components } from "./live-components.ts";
import { STILL } from "../states/graph.ts";
import type { Region } from "./live-region.ts";

export interface FairSet {
  readonly states: Int32Array;
  readonly contains: (state: number) => boolean;
}

/** How many are kept: those whose first state was found first. */
const KEPT = 4;

/** Whether nothing has to happen in the state. */
export const isAtRest = ({ graph, assumed }: Region, state: number): boolean =>
  (graph.possible[state]! & (assumed.weak | assumed.strong)) === 0;

/** Whether a step leads to a state that the same representative stands for: with the values exchanged, a cycle. */
function stepsInPlace({ graph: { offsets, targets, actions } }: Region, state: number): boolean {
  for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
    if (targets[edge] === state && actions[edge] !== STILL) return true;
  return false;
}

/** Calls `found` for each set of states in which a fair run can stay for ever; gives the components of the region. */
export function eachFairSet(region: Region, found: (states: Int32Array) => void): Components {
  const { graph, assumed } = region;
  const { possible } = graph;
  const { weak, strong } = assumed;
  const components = new Components(region);
  const { component } = components;
  const work: Int32Array[] = [region.states];

  const look = (states: Int32Array): void => {
    if (states.length === 1 && !isAtRest(region, states[0]!) && !stepsInPlace(region, states[0]!)) return;
    let always = -1;
    let ever = 0;
    for (const state of states) {
      always &= possible[state]!;
      ever |= possible[state]!;
    }
    const taken = takenInside(region, component, states, (always & weak) | (ever & strong));
    if ((always & weak & ~taken) !== 0) return;
    const missing = ever & strong & ~taken;
    if (missing !== 0) {
      const rest = states.filter((state) => (possible[state]! & missing) === 0);
      if (rest.length > 0) work.push(rest);
      return;
    }
    found(states);
  };

  for (let members = work.pop(); members; members = work.pop()) components.split(members, look);
  return components;
}

/** Some of them. */
export function fairSets(region: Region): readonly FairSet[] {
  let kept: { readonly states: Int32Array; readonly first: number }[] = [];
  const { component } = eachFairSet(region, (states) => {
    const first = states.reduce((least, state) => Math.min(least, state));
    if (kept.length === KEPT && first > kept[KEPT - 1]!.first) return;
    kept.push({ states: states.toSorted(), first });
    kept = kept.sort((a, b) => a.first - b.first).slice(0, KEPT);
  });
  return kept.map(({ states, first }) => {
    const own = component[first]!;
    return { states, contains: (state) => component[state] === own };
  });
}

/** The classes that take a step inside of the component; looks no further once all of `wanted` are found. */
function takenInside({ graph }: Region, component: Int32Array, states: Int32Array, wanted: number): number {
  const { offsets, targets, actions, classesOf } = graph;
  const own = component[states[0]!];
  let taken = 0;
  for (const state of states) {
    if ((wanted & ~taken) === 0) break;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      if (component[targets[edge]!] === own) taken |= classesOf[actions[edge]!]!;
  }
  return taken;
}
