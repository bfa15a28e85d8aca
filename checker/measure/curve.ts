/** What is expected at a time after the beginning: counts until then, how often they come then, and levels. */
import { instantOrder, isInstant, lastingOf, type Lasting } from "./instant.ts";
import type { Rows } from "./rows.ts";
import { whole } from "./slices.ts";
import { Uniform } from "./uniform.ts";

/** At each of the times that were asked for. */
export interface CountCurve {
  /** Per ns. */
  readonly often: readonly number[];
  readonly until: readonly number[];
}

/** By state: how many of these come on average from there, before a state that lasts. */
function atOnce(rows: Rows, order: Int32Array, counts: Float64Array): Float64Array {
  const { offsets, targets, values, count } = rows;
  const found = new Float64Array(count);
  for (const state of order)
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      found[state]! += values[edge]! * (counts[edge]! + (isInstant(rows, targets[edge]!) ? found[targets[edge]!]! : 0));
  return found;
}

/** By lasting state: how many of these come per ns. */
function oftenIn(rows: Rows, lasting: Lasting, counts: Float64Array, instant: Float64Array): Float64Array {
  const { offsets, targets, values, count, holds } = rows;
  const often = new Float64Array(lasting.count);
  for (let state = 0; state < count; state++) {
    const number = lasting.numbers[state]!;
    if (number < 0) continue;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      often[number]! += (values[edge]! * (counts[edge]! + instant[targets[edge]!]!)) / holds[state]!;
  }
  return often;
}

export interface LevelCurve {
  readonly mean: readonly number[];
  /** On average over the time until then. */
  readonly soFar: readonly number[];
}

/** From state 0. `counts` by transition, `levels` by state. */
export function curvesOf(
  rows: Rows,
  times: readonly number[],
  counts: readonly Float64Array[],
  levels: readonly Float64Array[],
  nameOf: (edge: number) => string,
): { readonly counts: readonly CountCurve[]; readonly levels: readonly LevelCurve[] } {
  const order = instantOrder(rows, nameOf);
  const lasting = lastingOf(rows, order);
  const start = new Float64Array(lasting.count);
  for (const [state, part] of lasting.beginning(0)) start[state]! += part;
  const soon = counts.map((one) => atOnce(rows, order, one));
  const often = counts.map((one, k) => oftenIn(rows, lasting, one, soon[k]!));
  const within = levels.map((level) => level.filter((_, state) => !isInstant(rows, state)));
  const uniform = new Uniform(lasting, start, 0, [...often, ...within]);
  return {
    counts: counts.map((_, k) => ({
      often: times.map((time) => whole(uniform.at(time, k))),
      until: times.map((time) => soon[k]![0]! + whole(uniform.until(time, k))),
    })),
    levels: levels.map((_, k) => ({
      mean: times.map((time) => whole(uniform.at(time, counts.length + k))),
      soFar: times.map((time) =>
        time === 0 ? whole(uniform.at(0, counts.length + k)) : whole(uniform.until(time, counts.length + k)) / time,
      ),
    })),
  };
}
