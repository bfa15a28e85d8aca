/** Strongly connected components of some of the states, after S. R. Kosaraju: backwards, in the order in which a search forwards left. */
import { reversed, type Edges } from "./edges.ts";
import { Numbers } from "./numbers.ts";

export function stronglyConnected(all: Edges, states: readonly number[]): readonly number[][] {
  const next = between(all, states);
  const left: number[] = [];
  walk(next, states.keys(), (at) => left.push(at));
  const components: number[][] = [];
  walk(
    reversed(next),
    left.reverse(),
    (at) => components.at(-1)!.push(states[at]!),
    () => components.push([]),
  );
  return components;
}

/** The edges between these states, each told by its position among them. */
function between({ offsets, targets }: Edges, states: readonly number[]): Edges {
  const positions = new Int32Array(offsets.length - 1).fill(-1);
  for (let position = 0; position < states.length; position++) positions[states[position]!] = position;
  const own = { offsets: new Numbers(), targets: new Numbers() };
  own.offsets.push(0);
  for (const state of states) {
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const position = positions[targets[edge]!]!;
      if (position >= 0) own.targets.push(position);
    }
    own.offsets.push(own.targets.count);
  }
  return { offsets: own.offsets.all(), targets: own.targets.all() };
}

/** Depth first from each of the roots that was not met yet; tells each vertex when it is left for good. */
function walk(
  { offsets, targets }: Edges,
  roots: Iterable<number>,
  leave: (vertex: number) => void,
  begin: () => void = () => {},
): void {
  const isMet = new Uint8Array(offsets.length - 1);
  /** By vertex: the edge to follow next. */
  const edges = Int32Array.from(offsets);
  for (const root of roots) {
    if (isMet[root] === 1) continue;
    begin();
    isMet[root] = 1;
    const path = [root];
    while (path.length > 0) {
      const vertex = path.at(-1)!;
      if (edges[vertex] === offsets[vertex + 1]) {
        leave(vertex);
        path.pop();
        continue;
      }
      const target = targets[edges[vertex]!++]!;
      if (isMet[target] === 1) continue;
      isMet[target] = 1;
      path.push(target);
    }
  }
}
