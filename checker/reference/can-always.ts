/** "From every reachable state, a goal stays reachable": from the goals backwards over reversed edges. */
import type { Edges } from "./edges.ts";
import type { Explored } from "./explore.ts";

/** The first state, in order of discovery, from which no goal can be reached; undefined when there is none. */
export function firstStuck({ states }: Explored, back: Edges, isGoal: (state: number) => boolean): number | undefined {
  const reaches = new Uint8Array(states.count);
  const work: number[] = [];
  for (let state = 0; state < states.count; state++)
    if (isGoal(state)) {
      reaches[state] = 1;
      work.push(state);
    }
  for (let state = work.pop(); state !== undefined; state = work.pop())
    for (let edge = back.offsets[state]!; edge < back.offsets[state + 1]!; edge++) {
      const source = back.targets[edge]!;
      if (reaches[source] === 1) continue;
      reaches[source] = 1;
      work.push(source);
    }
  const stuck = reaches.indexOf(0);
  return stuck < 0 ? undefined : stuck;
}
