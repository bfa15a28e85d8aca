/** Where a chain stays in the long run: its bottom components, how probably each is reached, and how often its steps come. */
import { componentsOf } from "./components.ts";
import { relax, type Effort, type Solved } from "./relax.ts";
import { columnsOf, type Rows } from "./rows.ts";

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
export function longRunOf(rows: Rows, effort?: Effort): LongRun {
  const { count, holds } = rows;
  const bottoms = bottomsOf(rows);
  const reached = reachedOf(rows, bottoms, effort);
  const times = new Float64Array(count);
  const leaves = new Float64Array(count);
  let { solved } = reached;
  bottoms.forEach((states, number) => {
    const probability = reached.probabilities[number]!;
    if (states.length === 1) {
      const state = states[0]!;
      times[state] = probability;
      leaves[state] = probability / holds[state]!;
      return;
    }
    const inside = new Uint8Array(count);
    for (const state of states) inside[state] = 1;
    const x = new Float64Array(count);
    for (const state of states) x[state] = 1 / states.length;
    solved = worse(
      solved,
      relax(
        columnsOf(rows, (from) => inside[from] === 1),
        x,
        states,
        { ...(effort && { effort }) },
      ),
    );
    let turn = 0;
    for (const state of states) turn += x[state]! * holds[state]!;
    for (const state of states) {
      leaves[state] = (probability * x[state]!) / turn;
      times[state] = leaves[state] * holds[state]!;
    }
  });
  return {
    times,
    leaves,
    bottoms: bottoms.map((states, number) => ({ states, probability: reached.probabilities[number]! })),
    solved,
  };
}

/** How probably each of these sets is reached. */
function reachedOf(rows: Rows, bottoms: readonly Int32Array[], effort: Effort | undefined) {
  const { count, offsets, targets, values } = rows;
  const bottom = new Int32Array(count).fill(-1);
  bottoms.forEach((states, number) => {
    for (const state of states) bottom[state] = number;
  });
  const probabilities = bottoms.map((states) => (states.includes(0) ? 1 : 0));
  if (bottom[0]! >= 0) return { probabilities, solved: EXACT };
  if (bottoms.length === 1) return { probabilities: [1], solved: EXACT };
  const passing = Int32Array.from({ length: count }, (_, state) => state).filter((state) => bottom[state]! < 0);
  const b = new Float64Array(count);
  b[0] = 1;
  const visits = new Float64Array(count);
  const columns = columnsOf(rows, (from) => bottom[from]! < 0);
  const solved = relax(columns, visits, passing, { b, ...(effort && { effort }) });
  for (const state of passing)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const number = bottom[targets[edge]!]!;
      if (number >= 0) probabilities[number]! += visits[state]! * values[edge]!;
    }
  return { probabilities, solved };
}
