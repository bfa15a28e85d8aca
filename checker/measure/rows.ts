/** A chain as tables, row by row: where each state leads, how probably, and how long it lasts. */

export interface Rows {
  /** States. */
  readonly count: number;
  /** The transitions of state s are those from `offsets[s]` to before `offsets[s + 1]`. */
  readonly offsets: Uint32Array;
  readonly targets: Int32Array;
  /** The probability of each transition when its state is left. */
  readonly values: Float64Array;
  /** How long a state lasts on average, in ns: 0 where a step takes no time, `Infinity` where none comes. */
  readonly holds: Float64Array;
}

/** The part of larger tables that is used. */
export const rowOf = (
  { offsets, targets, values, holds }: Omit<Rows, "count">,
  count: number,
  transitions: number,
): Rows => ({
  count,
  offsets: offsets.subarray(0, count + 1),
  targets: targets.subarray(0, transitions),
  values: values.subarray(0, transitions),
  holds: holds.subarray(0, count),
});

/** The same transitions by the state that they lead to: where they come from, and their numbers. */
export interface Columns {
  readonly offsets: Uint32Array;
  readonly sources: Int32Array;
  readonly values: Float64Array;
}

/** Transitions to states below 0 lead out, and those that `keeps` leaves out are not there. */
export function columnsOf(
  { count, offsets, targets, values }: Rows,
  keeps: (from: number, to: number) => boolean = () => true,
): Columns {
  const starts = new Uint32Array(count + 1);
  const isKept = (state: number, edge: number): boolean => targets[edge]! >= 0 && keeps(state, targets[edge]!);
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      if (isKept(state, edge)) starts[targets[edge]! + 1]!++;
  for (let state = 0; state < count; state++) starts[state + 1]! += starts[state]!;
  const next = starts.slice();
  const sources = new Int32Array(starts[count]!);
  const into = new Float64Array(starts[count]!);
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      if (!isKept(state, edge)) continue;
      const at = next[targets[edge]!]!++;
      sources[at] = state;
      into[at] = values[edge]!;
    }
  return { offsets: starts, sources, values: into };
}
