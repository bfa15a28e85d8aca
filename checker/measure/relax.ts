/**
 * Gauss-Seidel: the sparse equations x = b + x A, or x = x A for a stationary x, one unknown after the other, with the newest
 * values of the others.
 */
import { ModelError } from "../system.ts";
import type { Columns } from "./rows.ts";

export interface Effort {
  /** The relative error, summed over all unknowns, at which it ends; estimated from how fast the changes shrink. */
  readonly tolerance?: number;
  readonly sweeps?: number;
}

export interface Solved {
  readonly sweeps: number;
  /** How far x is from b + x A: the sum of the differences, relative to the sum of x. */
  readonly residual: number;
  /** The relative error of x as a whole: an estimate. */
  readonly error: number;
}

const TOLERANCE = 1e-10;
const MOST_SWEEPS = 200_000;
/** The speed is taken from changes so many sweeps apart. */
const APART = 8;
/** What rounding leaves of a change. */
const ROUNDING = 4e-16;

/** Solves in place for these unknowns, which are solved for in this order. `b` absent: stationary, and x keeps its sum. */
export function relax(
  { offsets, sources, values }: Columns,
  x: Float64Array,
  unknowns: Int32Array,
  { b, effort = {} }: { readonly b?: Float64Array; readonly effort?: Effort },
): Solved {
  const { tolerance = TOLERANCE, sweeps: most = MOST_SWEEPS } = effort;
  const own = new Float64Array(x.length);
  for (const one of unknowns)
    for (let at = offsets[one]!; at < offsets[one + 1]!; at++) if (sources[at] === one) own[one]! += values[at]!;
  const changes: number[] = [];
  for (let sweep = 1; sweep <= most; sweep++) {
    let change = 0;
    let sum = 0;
    for (let k = 0; k < unknowns.length; k++) {
      const one = unknowns[k]!;
      const old = x[one]!;
      let next = b === undefined ? 0 : b[one]!;
      for (let at = offsets[one]!, end = offsets[one + 1]!; at < end; at++) next += values[at]! * x[sources[at]!]!;
      next = (next - own[one]! * old) / (1 - own[one]!);
      x[one] = next;
      change += Math.abs(next - old);
      sum += Math.abs(next);
    }
    if (b === undefined) for (const one of unknowns) x[one]! /= sum;
    const relative = sum === 0 ? 0 : change / sum;
    const before = changes.length < APART ? undefined : changes[changes.length - APART]!;
    changes.push(relative);
    const speed = before === undefined ? Number.NaN : Math.min((relative / before) ** (1 / APART), 1 - 1e-12);
    const error = relative <= ROUNDING ? relative : (relative * speed) / (1 - speed);
    if (error <= tolerance)
      return { sweeps: sweep, residual: residualOf({ offsets, sources, values }, x, unknowns, b), error };
  }
  const residual = residualOf({ offsets, sources, values }, x, unknowns, b);
  throw new ModelError(
    `The equations of ${unknowns.length} states are not solved after ${most} sweeps (residual ${residual.toExponential(1)}).\nTheir rates lie too far apart; simulate, or give up to ${10 * most} sweeps.`,
  );
}

function residualOf(
  { offsets, sources, values }: Columns,
  x: Float64Array,
  unknowns: Int32Array,
  b?: Float64Array,
): number {
  let difference = 0;
  let sum = 0;
  for (const one of unknowns) {
    let next = b === undefined ? 0 : b[one]!;
    for (let at = offsets[one]!; at < offsets[one + 1]!; at++) next += values[at]! * x[sources[at]!]!;
    difference += Math.abs(next - x[one]!);
    sum += Math.abs(x[one]!);
  }
  return sum === 0 ? 0 : difference / sum;
}
