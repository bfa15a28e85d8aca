/** How long it takes until something has happened so many times: mean, and the times by which it has with a probability. */
import { ModelError } from "../system.ts";
import { instantOrder, lastingOf } from "./instant.ts";
import { columnsOf, rowOf, type Rows } from "./rows.ts";
import type { Slices } from "./slices.ts";
import type { Effort, Solved } from "./stationary.ts";
import { Uniform } from "./uniform.ts";
import { visitsOf } from "./visits.ts";

export interface Passage {
  /** In ns; `Infinity` where it may never happen. */
  readonly mean: number;
  /** How probably it happens at all. */
  readonly reached: number;
  /** In ns, by probability as asked. */
  readonly percentiles: readonly number[];
  /** How probably it has happened, by time as asked. */
  readonly by: readonly number[];
  readonly solved: Solved;
}

/** What rounding may leave of a probability: closer to what is reached at all, no time is told. */
const ROUNDING = 1e-9;

/** States that a copy of the chain for each time may have. */
const MOST_STATES = 2e7;

/**
 * The chain up to the step that makes it happen for the n-th time, which leads out: a copy of all states for each time. What
 * is not 0 in `spoils` leads to a last state, which is never left.
 */
export function untilCounted(rows: Rows, counts: Float64Array, times: number, spoils?: Float64Array): Rows {
  const { count, offsets, targets, values, holds } = rows;
  const [states, transitions] = [count * times, targets.length * times];
  if (states > MOST_STATES)
    throw new ModelError(
      `${times} copies of ${count} states are more than ${MOST_STATES}; ask for fewer times, or simulate.`,
    );
  const all = {
    offsets: new Uint32Array(states + 2).fill(transitions, states),
    targets: new Int32Array(transitions),
    values: new Float64Array(transitions),
    holds: new Float64Array(states + 1).fill(Infinity, states),
  };
  for (let copy = 0; copy < times; copy++) {
    const shift = copy * targets.length;
    all.holds.set(holds, copy * count);
    all.values.set(values, shift);
    for (let state = 0; state < count; state++) all.offsets[copy * count + state] = shift + offsets[state]!;
    for (let edge = 0; edge < targets.length; edge++) {
      const next = copy + counts[edge]!;
      const isSpoilt = spoils !== undefined && spoils[edge] !== 0;
      all.targets[shift + edge] = next >= times ? -1 : isSpoilt ? states : next * count + targets[edge]!;
    }
  }
  return rowOf(all, states + 1, transitions);
}

/** @param start How probably it begins in each state. */
export function* passageOf(
  rows: Rows,
  start: ReadonlyMap<number, number>,
  { percentiles = [], by = [] }: { readonly percentiles?: readonly number[]; readonly by?: readonly number[] },
  nameOf: (edge: number) => string,
  effort?: Effort,
): Slices<Passage> {
  const order = instantOrder(rows, nameOf);
  const reached = forwardFrom(rows, start.keys());
  const able = ableToLeave(rows);
  const isSure = !reached.some((state) => able[state] === 0);
  const inside = new Uint8Array(rows.count);
  for (const state of reached) inside[state] = able[state]!;
  const { visits, solved } = yield* visitsOf(rows, start, inside, reached, effort);
  const b = isSure ? rows.holds : leavingAtOnce(rows);
  const sum = visits.reduce((total, times, state) => (times > 0 ? total + times * b[state]! : total), 0);
  const probability = isSure ? 1 : sum;
  return {
    mean: isSure ? sum : Infinity,
    reached: probability,
    ...(yield* distribution(rows, order, start, percentiles, by, { mean: isSure ? sum : 0, probability })),
    solved,
  };
}

function* distribution(
  rows: Rows,
  order: Int32Array,
  start: ReadonlyMap<number, number>,
  percentiles: readonly number[],
  by: readonly number[],
  known: { readonly mean: number; readonly probability: number },
): Slices<Pick<Passage, "percentiles" | "by">> {
  if (percentiles.length === 0 && by.length === 0) return { percentiles: [], by: [] };
  const lasting = lastingOf(rows, order);
  const vector = new Float64Array(lasting.count);
  let left = 0;
  for (const [state, part] of start)
    for (const [end, share] of lasting.beginning(state))
      if (end < 0) left += part * share;
      else vector[end]! += part * share;
  const uniform = new Uniform(lasting, vector, left);
  const found = { by: [] as number[], percentiles: [] as number[] };
  for (const time of by) found.by.push(yield* uniform.leftBy(time));
  for (const part of percentiles)
    if (part > known.probability * (1 - ROUNDING)) found.percentiles.push(Infinity);
    else if (part <= left) found.percentiles.push(0);
    else found.percentiles.push(yield* timeOf(part, uniform, known.mean > 0 ? known.mean : 1 / uniform.speed));
  return found;
}

/** When the chain has been left with this probability. */
function* timeOf(part: number, uniform: Uniform, guess: number): Slices<number> {
  let [low, high] = [0, guess];
  while ((yield* uniform.leftBy(high)) < part) [low, high] = [high, 2 * high];
  for (let k = 0; k < 60 && high - low > 1e-14 * high; k++) {
    const middle = (low + high) / 2;
    if ((yield* uniform.leftBy(middle)) < part) low = middle;
    else high = middle;
  }
  return high;
}

/** The states that come from these, in the order in which they are found. */
function forwardFrom({ count, offsets, targets }: Rows, starts: Iterable<number>): Int32Array {
  const found = new Uint8Array(count);
  const order = new Int32Array(count);
  let size = 0;
  const find = (state: number): void => {
    if (state < 0 || found[state] === 1) return;
    found[state] = 1;
    order[size++] = state;
  };
  for (const state of starts) find(state);
  for (let k = 0; k < size; k++)
    for (let edge = offsets[order[k]!]!; edge < offsets[order[k]! + 1]!; edge++) find(targets[edge]!);
  return order.subarray(0, size);
}

/** 1 for each state from which a transition leads out in the end. */
function ableToLeave(rows: Rows): Uint8Array {
  const { count, offsets, targets } = rows;
  const able = new Uint8Array(count);
  const order = new Int32Array(count);
  let size = 0;
  const find = (state: number): void => {
    if (able[state] === 1) return;
    able[state] = 1;
    order[size++] = state;
  };
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) if (targets[edge]! < 0) find(state);
  const into = columnsOf(rows);
  for (let k = 0; k < size; k++)
    for (let at = into.offsets[order[k]!]!; at < into.offsets[order[k]! + 1]!; at++) find(into.sources[at]!);
  return able;
}

function leavingAtOnce({ count, offsets, targets, values }: Rows): Float64Array {
  const b = new Float64Array(count);
  for (let state = 0; state < count; state++)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      if (targets[edge]! < 0) b[state]! += values[edge]!;
  return b;
}
