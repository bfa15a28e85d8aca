/**
 * Where something is owed: the states on runs that have come through `when` and not yet to what must follow. They are
 * listed in the order of their distance, so that the first of any set of them is reached by a shortest run.
 */
import { valuesOver } from "./can-always.ts";
import type { Instance } from "./instances.ts";
import type { Assumed, LabelledGraph } from "./live-graph.ts";

export interface Region {
  readonly graph: LabelledGraph;
  readonly assumed: Assumed;
  /** By place in this list. */
  readonly states: Int32Array;
  /** By state: its place, or -1 where nothing is owed. */
  readonly places: Int32Array;
  /** By place: the place before it on a shortest run and the transition from there; -1 where the debt begins. */
  readonly before: Int32Array;
  readonly via: Int32Array;
  /** By place: the fairness classes (as bits) of which some step that changes the state is possible. */
  readonly possible: Int32Array;
}

const PAID = 0;
const OPEN = 1;
const BEGINS = 2;

export function regionOf(graph: LabelledGraph, instance: Instance, assumed: Assumed): Region {
  const { property } = instance;
  const kind = valuesOver(graph.search, instance, (view) => {
    if (property.holds(view)) return PAID;
    return property.when!(view) ? BEGINS : OPEN;
  });
  const { offsets, targets, depths } = graph;
  const count = kind.length;
  const places = new Int32Array(count).fill(-1);
  let room = 0;
  for (let state = 0; state < count; state++) if (kind[state] !== PAID) room++;
  const states = new Int32Array(room);
  const before = new Int32Array(room).fill(-1);
  const via = new Int32Array(room).fill(-1);
  let size = 0;
  const add = (state: number): void => {
    places[state] = size;
    states[size++] = state;
  };
  let next = 0;
  let head = 0;
  // Level by level: what was reached from the level before, and what begins to owe at this depth.
  for (let depth = 0; next < count || head < size; depth++) {
    for (; next < count && depths[next]! <= depth; next++) if (kind[next] === BEGINS && places[next]! < 0) add(next);
    for (const end = size; head < end; head++) {
      const state = states[head]!;
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
        const target = targets[edge]!;
        if (kind[target] === PAID || places[target]! >= 0) continue;
        before[size] = head;
        via[size] = edge;
        add(target);
      }
    }
  }
  const possible = new Int32Array(size);
  for (let place = 0; place < size; place++) {
    const state = states[place]!;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      if (targets[edge] !== state) possible[place] = possible[place]! | assumed.ofAction[graph.actionOf(state, edge)]!;
  }
  return { graph, assumed, states: states.subarray(0, size), places, before, via, possible };
}
