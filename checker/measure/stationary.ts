/**
 * The stationary vector of a chain in which every state leads to every other one: Gauss-Seidel, helped by coarser chains
 * (the multi-level method of Horton and Leutenegger), or elimination where there are few states.
 */
import { ModelError } from "../system.ts";
import { eliminated } from "./eliminate.ts";
import { FEW, fill, levelsOf, type Level } from "./levels.ts";
import type { Columns } from "./rows.ts";
import type { Slices } from "./slices.ts";

export interface Effort {
  /** The relative error, summed over all states, at which it ends; estimated from how fast the changes shrink. */
  readonly tolerance?: number;
  /** Of the chain itself; those of coarser chains are not counted. */
  readonly sweeps?: number;
  /** Up to so many states it is solved by elimination as a whole. */
  readonly small?: number;
}

export interface Solved {
  /** Over the chain itself; 0: by elimination. */
  readonly sweeps: number;
  /** How far x is from what flows into it: the sum of the differences, relative to the sum of x. */
  readonly residual: number;
  /** The relative error of x as a whole: an estimate. */
  readonly error: number;
}

const TOLERANCE = 1e-10;
const MOST_SWEEPS = 20_000;
/** The speed is the slowest of this many turns. */
const TURNS = 3;
/** A chain of so few states is solved by elimination as a whole, whose time grows with their third power: half a second. */
const SMALL = 1_000;
/** What flows into the states may differ from them by this many times the tolerance. */
const SOUND = 100;
/** What rounding leaves. */
const ROUNDING = 1e-15;
/** Turns after which the changes must be less than this part of what they were; else the coarser chains are left out. */
const PATIENCE = 100;
const STALLED = 0.9;
/** Sweeps before and after the coarser chain is asked. */
const BEFORE = 1;
const AFTER = 2;

export function* stationaryOf(
  columns: Columns,
  count: number,
  effort: Effort = {},
): Slices<{ readonly x: Float64Array; readonly solved: Solved }> {
  const { tolerance = TOLERANCE, sweeps: most = MOST_SWEEPS, small = SMALL } = effort;
  const x = new Float64Array(count).fill(1 / count);
  if (count <= small) {
    eliminated(columns, x);
    return { x, solved: { sweeps: 0, residual: residualOf(columns, x), error: ROUNDING } };
  }
  const plain: Level = { count, columns };
  let level = levelsOf(columns, count);
  const before = new Float64Array(count);
  const changes: number[] = [];
  let sweeps = 0;
  while (sweeps < most) {
    before.set(x);
    turn(level, x);
    sweeps += BEFORE + AFTER;
    let change = 0;
    for (let state = 0; state < count; state++) change += Math.abs(x[state]! - before[state]!);
    changes.push(change);
    if (isStalled(changes)) level = plain;
    const last = changes.slice(-1 - TURNS);
    const speeds = last.slice(1).map((one, k) => one / last[k]!);
    const speed = Math.min(speeds.length < TURNS ? 1 : Math.max(...speeds), 1 - 1e-9);
    const error = change <= ROUNDING ? change : (change * speed) / (1 - speed);
    if (error > tolerance) {
      yield { unit: "sweeps", done: sweeps, share: shareOf(changes[0]!, error, tolerance) };
      continue;
    }
    // The estimate alone may be deceived by a chain that pauses on its way.
    const residual = residualOf(columns, x);
    if (residual <= SOUND * tolerance) return { x, solved: { sweeps, residual, error } };
    yield { unit: "sweeps", done: sweeps, share: 1 };
  }
  throw new ModelError(
    `The equations of ${count} states are not solved after ${most} sweeps (residual ${residualOf(columns, x).toExponential(1)}).\nTheir rates lie too far apart; simulate, or allow more sweeps.`,
  );
}

/** The error shrinks by about the same factor in each turn. */
function shareOf(first: number, error: number, tolerance: number): number {
  const share = Math.log(first / error) / Math.log(first / tolerance);
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

/** Where most states have one way on, coarser chains may undo in each turn what the sweeps have reached. */
function isStalled(changes: readonly number[]): boolean {
  const before = changes.at(-1 - PATIENCE);
  return before !== undefined && changes.at(-1)! > STALLED * before;
}

/** Makes x better, and its sum 1. */
function turn({ columns, group, part, next }: Level, x: Float64Array): void {
  if (x.length <= FEW) return eliminated(columns, x);
  for (let k = 0; k < BEFORE; k++) sweep(columns, x);
  if (group && part && next) {
    const sums = new Float64Array(next.count);
    fill(columns, x, { group, part }, next.columns, sums);
    const better = sums.slice();
    turn(next, better);
    for (let state = 0; state < x.length; state++) {
      const sum = sums[group[state]!]!;
      if (sum > 0) x[state]! *= better[group[state]!]! / sum;
    }
  }
  for (let k = 0; k < AFTER; k++) sweep(columns, x);
}

function sweep({ offsets, sources, values }: Columns, x: Float64Array): void {
  let sum = 0;
  for (let state = 0; state < x.length; state++) {
    let into = 0;
    let stays = 0;
    for (let at = offsets[state]!, end = offsets[state + 1]!; at < end; at++)
      if (sources[at] === state) stays += values[at]!;
      else into += values[at]! * x[sources[at]!]!;
    const next = stays < 1 ? into / (1 - stays) : x[state]!;
    x[state] = next;
    sum += next;
  }
  for (let state = 0; state < x.length; state++) x[state]! /= sum;
}

function residualOf({ offsets, sources, values }: Columns, x: Float64Array): number {
  let difference = 0;
  let sum = 0;
  for (let state = 0; state < x.length; state++) {
    let into = 0;
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++) into += values[at]! * x[sources[at]!]!;
    difference += Math.abs(into - x[state]!);
    sum += x[state]!;
  }
  return difference / sum;
}
