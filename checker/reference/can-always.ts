/** "From every reachable state, a goal stays reachable": from the goals backwards over reversed edges. */
import type { Explored } from "./explore.ts";

/** By state: the edges that lead to it, as the states that they come from. */
export interface Reversed {
  readonly offsets: Int32Array;
  readonly sources: Int32Array;
}

export function reversed({ states, offsets, targets }: Explored): Reversed {
  const begins = new Int32Array(states.length + 1);
  for (const target of targets) begins[target + 1]!++;
  for (let state = 0; state < states.length; state++) begins[state + 1]! += begins[state]!;
  const free = begins.slice();
  const sources = new Int32Array(targets.length);
  for (let state = 0; state < states.length; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) sources[free[targets[edge]!]!++] = state;
  return { offsets: begins, sources };
}

/** The first state, in order of discovery, from which no goal can be reached; undefined when there is none. */
export function firstStuck(
  { states }: Explored,
  { offsets, sources }: Reversed,
  isGoal: (state: number) => boolean,
): number | undefined {
  const reaches = new Uint8Array(states.length);
  const work: number[] = [];
  for (let state = 0; state < states.length; state++)
    if (isGoal(state)) {
      reaches[state] = 1;
      work.push(state);
    }
  for (let state = work.pop(); state !== undefined; state = work.pop())
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const source = sources[edge]!;
      if (reaches[source] === 1) continue;
      reaches[source] = 1;
      work.push(source);
    }
  const stuck = reaches.indexOf(0);
  return stuck < 0 ? undefined : stuck;
}
