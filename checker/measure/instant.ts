/**
 * States that last no time: the order in which they can be resolved, and the chain without them. What they lead to takes
 * their place in the states before them.
 */
import { ModelError } from "../system.ts";
import { rowOf, type Rows } from "./rows.ts";

export const isInstant = ({ holds }: Rows, state: number): boolean => holds[state] === 0;

/**
 * The states that last no time, each after those that it leads to.
 *
 * @throws ModelError where they lead to each other for ever; `nameOf` names the step of a transition
 */
export function instantOrder(rows: Rows, nameOf: (edge: number) => string): Int32Array {
  const { count, offsets, targets } = rows;
  const [NEW, OPEN, DONE] = [0, 1, 2];
  const mark = new Uint8Array(count);
  const next = offsets.slice(0, count);
  const order: number[] = [];
  const path: number[] = [];
  for (let start = 0; start < count; start++) {
    if (mark[start] !== NEW || !isInstant(rows, start)) continue;
    path.push(start);
    mark[start] = OPEN;
    while (path.length > 0) {
      const state = path.at(-1)!;
      if (next[state] === offsets[state + 1]) {
        mark[state] = DONE;
        order.push(state);
        path.pop();
        continue;
      }
      const target = targets[next[state]!++]!;
      if (target < 0 || !isInstant(rows, target) || mark[target] === DONE) continue;
      if (mark[target] === OPEN) throw endless(path.slice(path.indexOf(target)).map((one) => nameOf(next[one]! - 1)));
      mark[target] = OPEN;
      path.push(target);
    }
  }
  return Int32Array.from(order);
}

/** Steps told of a cycle. */
const MOST_TOLD = 8;

function endless(names: readonly string[]): ModelError {
  const different = [...new Set(names)];
  const told = different.slice(0, MOST_TOLD).map((name) => `"${name}"`);
  return new ModelError(
    `Steps that take no time can go on for ever: ${told.join(", ")}${different.length > MOST_TOLD ? ", ..." : ""}.\nGive one of them a time.`,
  );
}

/** Where a state that lasts no time leads to in the end; below 0 is outside, as in the rows. */
class Ends {
  readonly targets: number[] = [];
  readonly values: number[] = [];
  readonly #from: Int32Array;
  readonly #until: Int32Array;
  readonly #sum: Float64Array;
  #met: number[] = [];

  constructor({ count }: Rows) {
    this.#from = new Int32Array(count);
    this.#until = new Int32Array(count);
    this.#sum = new Float64Array(count + 1);
  }

  /** Adds what the transition leads to. */
  add(rows: Rows, target: number, value: number): void {
    if (target < 0 || !isInstant(rows, target)) return this.#addEnd(target, value);
    for (let at = this.#from[target]!; at < this.#until[target]!; at++)
      this.#addEnd(this.targets[at]!, value * this.values[at]!);
  }

  #addEnd(target: number, value: number): void {
    const at = target < 0 ? this.#sum.length - 1 : target;
    if (this.#sum[at] === 0) this.#met.push(target);
    this.#sum[at]! += value;
  }

  /** What was added since the last time, each end once. */
  take(give: (target: number, value: number) => void): void {
    for (const target of this.#met) {
      const at = target < 0 ? this.#sum.length - 1 : target;
      give(target, this.#sum[at]!);
      this.#sum[at] = 0;
    }
    this.#met = [];
  }

  /** Keeps it as what the state leads to. */
  keep(state: number): void {
    this.#from[state] = this.targets.length;
    this.take((target, value) => {
      this.targets.push(target);
      this.values.push(value);
    });
    this.#until[state] = this.targets.length;
  }
}

export interface Lasting extends Rows {
  /** By state of the rows: its number here, or -1. */
  readonly numbers: Int32Array;
  /** Where a run that begins in the state of the rows is first for some time; below 0 is outside. */
  readonly beginning: (state: number) => readonly (readonly [state: number, probability: number])[];
}

/** The states that last. `order` is that of `instantOrder()`. */
export function lastingOf(rows: Rows, order: Int32Array): Lasting {
  const { count, offsets, targets, values, holds } = rows;
  const ends = new Ends(rows);
  const addRow = (state: number): void => {
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) ends.add(rows, targets[edge]!, values[edge]!);
  };
  for (const state of order) {
    addRow(state);
    ends.keep(state);
  }
  const numbers = new Int32Array(count).fill(-1);
  let kept = 0;
  for (let state = 0; state < count; state++) if (!isInstant(rows, state)) numbers[state] = kept++;
  const starts = new Uint32Array(kept + 1);
  const to: number[] = [];
  const probabilities: number[] = [];
  for (let state = 0; state < count; state++) {
    if (numbers[state]! < 0) continue;
    addRow(state);
    ends.take((target, value) => {
      to.push(target < 0 ? -1 : numbers[target]!);
      probabilities.push(value);
    });
    starts[numbers[state]! + 1] = to.length;
  }
  const table = {
    offsets: starts,
    targets: Int32Array.from(to),
    values: Float64Array.from(probabilities),
    holds: holds.filter((hold) => hold !== 0),
  };
  return {
    ...rowOf(table, kept, to.length),
    numbers,
    beginning: (state) => {
      const found: [number, number][] = [];
      ends.add(rows, state, 1);
      ends.take((target, value) => found.push([target < 0 ? -1 : numbers[target]!, value]));
      return found;
    },
  };
}
