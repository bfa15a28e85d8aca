/** Strongly connected components of some of the states, after S. R. Kosaraju: backwards, in the order in which a search forwards left. */
import type { Explored } from "./explore.ts";

export function stronglyConnected({ offsets, targets }: Explored, states: readonly number[]): readonly number[][] {
  const position = new Map(states.map((state, at) => [state, at]));
  const next = states.map((state) => {
    const inside: number[] = [];
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const at = position.get(targets[edge]!);
      if (at !== undefined) inside.push(at);
    }
    return inside;
  });
  const before: number[][] = states.map(() => []);
  for (const [from, ends] of next.entries()) for (const to of ends) before[to]!.push(from);

  const left: number[] = [];
  walk(next, next.keys(), (at) => left.push(at));
  const components: number[][] = [];
  walk(
    before,
    left.reverse(),
    (at) => components.at(-1)!.push(states[at]!),
    () => components.push([]),
  );
  return components;
}

/** Depth first from each of the roots that was not met yet; tells each vertex when it is left for good. */
function walk(
  next: readonly (readonly number[])[],
  roots: Iterable<number>,
  leave: (vertex: number) => void,
  begin: () => void = () => {},
): void {
  const isMet = new Uint8Array(next.length);
  for (const root of roots) {
    if (isMet[root] === 1) continue;
    begin();
    isMet[root] = 1;
    const path = [{ vertex: root, edge: 0 }];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const target = next[top.vertex]![top.edge++];
      if (target === undefined) {
        leave(top.vertex);
        path.pop();
      } else if (isMet[target] === 0) {
        isMet[target] = 1;
        path.push({ vertex: target, edge: 0 });
      }
    }
  }
}
