/** The stationary vector of a small chain by elimination without subtractions (Grassmann, Taksar and Heyman): exact but for rounding. */
import type { Columns } from "./rows.ts";

/** Into `x`; the sum is 1. Every state must lead to every other one. */
export function eliminated({ offsets, sources, values }: Columns, x: Float64Array): void {
  const count = x.length;
  const p = new Float64Array(count * count);
  for (let to = 0; to < count; to++)
    for (let at = offsets[to]!; at < offsets[to + 1]!; at++) p[sources[at]! * count + to]! += values[at]!;
  const leaving = new Float64Array(count);
  for (let last = count - 1; last > 0; last--) {
    let out = 0;
    for (let to = 0; to < last; to++) out += p[last * count + to]!;
    leaving[last] = out;
    for (let from = 0; from < last; from++) {
      const share = p[from * count + last]! / out;
      if (share === 0) continue;
      for (let to = 0; to < last; to++) p[from * count + to]! += share * p[last * count + to]!;
    }
  }
  x[0] = 1;
  let sum = 1;
  for (let state = 1; state < count; state++) {
    let into = 0;
    for (let from = 0; from < state; from++) into += x[from]! * p[from * count + state]!;
    x[state] = into / leaving[state]!;
    sum += x[state]!;
  }
  for (let state = 0; state < count; state++) x[state]! /= sum;
}
