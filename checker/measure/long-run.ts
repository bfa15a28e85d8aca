/** Where a chain stays in the long run: its bottom components, how probably each is reached, and how often its steps come. */
import { componentsOf } from "./components.ts";
import { columnsOf, type Rows } from "./rows.ts";
import type { Slices } from "./slices.ts";
import { stationaryOf, type Effort, type Solved } from "./stationary.ts";
import { visitsOf } from "./visits.ts";

/** States that the chain does not leave again. */
export interface Bottom {
  readonly states: Int32Array;
  readonly probability: number;
}

export interface LongRun {
  /** By state: the part of the time that is spent there. */
  readonly times: Float64Array;
  /** By state: how often it is left, per ns. */
  readonly leaves: Float64Array;
  readonly bottoms: readonly Bottom[];
  readonly solved: Solved;
}

function bottomsOf(rows: Rows): readonly Int32Array[] {
  const { offsets, targets } = rows;
  const { components, of } = componentsOf(rows);
  return components.filter((states, number) =>
    states.every((state) => {
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
        if (of[targets[edge]!] !== number) return false;
      return true;
    }),
  );
}

const worse = (a: Solved, b: Solved): Solved => ({
  sweeps: Math.max(a.sweeps, b.sweeps),
  residual: Math.max(a.residual, b.residual),
  error: Math.max(a.error, b.error),
});

const EXACT: Solved = { sweeps: 0, residual: 0, error: 0 };

/** From state 0. @throws ModelError where the equations are not solved within the effort */
export function* longRunOf(rows: Rows, effort?: Effort): Slices<LongRun> {
  const { count, holds } = rows;
  const bottoms = bottomsOf(rows);
  const reached = yield* reachedOf(rows, bottoms, effort);
  const times = new Float64Array(count);
  const leaves = new Float64Array(count);
  let { solved } = reached;
  for (const [number, states] of bottoms.entries()) {
    const probability = reached.probabilities[number]!;
    if (states.length === 1) {
      const state = states[0]!;
      times[state] = probability;
      leaves[state] = probability / holds[state]!;
      continue;
    }
    const found = yield* stationaryOf(columnsOf(within(rows, states)), states.length, effort);
    solved = worse(solved, found.solved);
    let turn = 0;
    states.forEach((state, k) => (turn += found.x[k]! * holds[state]!));
    for (const [k, state] of states.entries()) {
      leaves[state] = (probability * found.x[k]!) / turn;
      times[state] = leaves[state] * holds[state]!;
    }
  }
  return {
    times,
    leaves,
    bottoms: bottoms.map((states, number) => ({ states, probability: reached.probabilities[number]! })),
    solved,
  };
}

/** The chain in these states, which it does not leave. */
function within({ count, offsets, targets, values, holds }: Rows, states: Int32Array): Rows {
  if (states.length === count) return { count, offsets, targets, values, holds };
  const numbers = new Int32Array(count);
  for (const [k, state] of states.entries()) numbers[state] = k;
  const starts = new Uint32Array(states.length + 1);
  for (const [k, state] of states.entries()) starts[k + 1] = starts[k]! + offsets[state + 1]! - offsets[state]!;
  const to = new Int32Array(starts[states.length]!);
  const parts = new Float64Array(to.length);
  for (const [k, state] of states.entries())
    for (let edge = offsets[state]!, at = starts[k]!; edge < offsets[state + 1]!; edge++, at++) {
      to[at] = numbers[targets[edge]!]!;
      parts[at] = values[edge]!;
    }
  return { count: states.length, offsets: starts, targets: to, values: parts, holds };
}

/** How probably each of these sets is reached. */
function* reachedOf(
  rows: Rows,
  bottoms: readonly Int32Array[],
  effort: Effort | undefined,
): Slices<{ readonly probabilities: number[]; readonly solved: Solved }> {
  const { count, offsets, targets, values } = rows;
  const bottom = new Int32Array(count).fill(-1);
  bottoms.forEach((states, number) => {
    for (const state of states) bottom[state] = number;
  });
  const probabilities = bottoms.map((states) => (states.includes(0) ? 1 : 0));
  if (bottom[0]! >= 0) return { probabilities, solved: EXACT };
  if (bottoms.length === 1) return { probabilities: [1], solved: EXACT };
  const passing = bottom.map((number) => (number < 0 ? 1 : 0));
  const { visits, solved } = yield* visitsOf(rows, new Map([[0, 1]]), Uint8Array.from(passing), undefined, effort);
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const number = bottom[targets[edge]!]!;
      if (visits[state]! > 0 && number >= 0) probabilities[number]! += visits[state]! * values[edge]!;
    }
  return { probabilities, solved };
}
