/** The runs of which a claim about the future is made: all, or those that never leave some states. */
import type { LabelledGraph } from "./live-graph.ts";

export interface Runs {
  /** The states that they come to, nearest first. */
  readonly order: Int32Array;
  /** Fewest steps to each state; -1 where none of them comes. */
  readonly depths: Int32Array;
  /** The actions of a shortest one to the state. */
  readonly to: (state: number) => readonly number[];
}

/** Each claim of a search asks for them. */
const known = new WeakMap<LabelledGraph, Runs>();

export function allRuns(graph: LabelledGraph): Runs {
  const found = known.get(graph) ?? runsOfAll(graph);
  known.set(graph, found);
  return found;
}

/** States are numbered as they were found, and each knows the state that it was found from. */
function runsOfAll({ search: { store } }: LabelledGraph): Runs {
  const { parents, actions, count } = store;
  const depths = new Int32Array(count);
  const order = new Int32Array(count);
  for (let state = 1; state < count; state++) {
    depths[state] = depths[parents[state]!]! + 1;
    order[state] = state;
  }
  const to = (goal: number): readonly number[] => {
    const taken: number[] = [];
    for (let state = goal; parents[state]! >= 0; state = parents[state]!) taken.push(actions[state]!);
    return taken.reverse();
  };
  return { order, depths, to };
}

/** @param inside 1 for each state that they may come to. */
export function runsWithin(graph: LabelledGraph, inside: Uint8Array): Runs {
  const { offsets, targets, actions } = graph;
  const count = inside.length;
  const depths = new Int32Array(count).fill(-1);
  const before = new Int32Array(count).fill(-1);
  const via = new Uint32Array(count);
  const order = new Int32Array(count);
  let size = 0;
  if (inside[0] === 1) {
    depths[0] = 0;
    order[size++] = 0;
  }
  for (let head = 0; head < size; head++) {
    const state = order[head]!;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      if (inside[target] === 0 || depths[target]! >= 0) continue;
      depths[target] = depths[state]! + 1;
      before[target] = state;
      via[target] = edge;
      order[size++] = target;
    }
  }
  const to = (goal: number): readonly number[] => {
    const taken: number[] = [];
    for (let state = goal; before[state]! >= 0; state = before[state]!) taken.push(actions[via[state]!]!);
    return taken.reverse();
  };
  return { order: order.subarray(0, size), depths, to };
}
