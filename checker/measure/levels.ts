/**
 * Coarser chains of a chain: states that lead to each other most strongly become one. What mixes slowly between groups is
 * solved where the groups are states.
 */
import type { Columns } from "./rows.ts";

export interface Level {
  readonly count: number;
  readonly columns: Columns;
  /** Of the next level: by state, its group. */
  readonly group?: Int32Array;
  /** By transition: that of the next level which it is part of. */
  readonly part?: Int32Array;
  readonly next?: Level;
}

/** A chain of so few states is solved by elimination. */
export const FEW = 100;
const LARGEST_GROUP = 4;
/** What is weaker than this part of the strongest link of a state joins nothing. */
const STRONG = 0.1;
/** A level must have at most this part of the states of the one before. */
const COARSER = 0.9;

export function levelsOf(columns: Columns, count: number): Level {
  if (count <= FEW) return { count, columns };
  const { group, groups } = grouped(columns, count);
  if (groups > COARSER * count) return { count, columns };
  const { next, part } = coarser(columns, count, group, groups);
  fill(columns, new Float64Array(count).fill(1), { group, part }, next, new Float64Array(groups));
  return { count, columns, group, part, next: levelsOf(next, groups) };
}

/** Links from both sides, each relative to how its state is left for another one. */
function grouped({ offsets, sources, values }: Columns, count: number): { group: Int32Array; groups: number } {
  const leaving = new Float64Array(count).fill(1);
  for (let to = 0; to < count; to++)
    for (let at = offsets[to]!; at < offsets[to + 1]!; at++) if (sources[at] === to) leaving[to]! -= values[at]!;
  const strongest = new Float64Array(count);
  const link = (at: number): number => values[at]! / Math.max(leaving[sources[at]!]!, Number.MIN_VALUE);
  for (let to = 0; to < count; to++)
    for (let at = offsets[to]!; at < offsets[to + 1]!; at++) {
      const from = sources[at]!;
      if (from === to) continue;
      strongest[to] = Math.max(strongest[to]!, link(at));
      strongest[from] = Math.max(strongest[from]!, link(at));
    }
  const group = new Int32Array(count).fill(-1);
  const sizes: number[] = [];
  // The strongest link of each state into it that is not yet full; what it leads to has its own turn.
  for (let to = 0; to < count; to++) {
    if (group[to]! >= 0) continue;
    let best = -1;
    let most = 0;
    for (let at = offsets[to]!; at < offsets[to + 1]!; at++) {
      const from = sources[at]!;
      const strength = link(at);
      if (from === to || strength < STRONG * strongest[to]! || strength <= most) continue;
      if (group[from]! >= 0 && sizes[group[from]!]! >= LARGEST_GROUP) continue;
      most = strength;
      best = from;
    }
    const joins = best >= 0 && group[best]! >= 0 ? group[best]! : sizes.push(0) - 1;
    group[to] = joins;
    sizes[joins]!++;
    if (best < 0 || group[best]! >= 0) continue;
    group[best] = joins;
    sizes[joins]!++;
  }
  return { group, groups: sizes.length };
}

/** The transitions between groups, and which transition is part of which of them. */
function coarser({ offsets, sources }: Columns, count: number, group: Int32Array, groups: number) {
  const members = new Int32Array(count);
  const starts = new Uint32Array(groups + 1);
  for (let state = 0; state < count; state++) starts[group[state]! + 1]!++;
  for (let one = 0; one < groups; one++) starts[one + 1]! += starts[one]!;
  const free = starts.slice();
  for (let state = 0; state < count; state++) members[free[group[state]!]!++] = state;
  const part = new Int32Array(sources.length);
  const next = { offsets: new Uint32Array(groups + 1), sources: new Int32Array(sources.length) };
  const place = new Int32Array(groups).fill(-1);
  let size = 0;
  for (let one = 0; one < groups; one++) {
    const begin = size;
    for (let k = starts[one]!; k < starts[one + 1]!; k++)
      for (let at = offsets[members[k]!]!; at < offsets[members[k]! + 1]!; at++) {
        const from = group[sources[at]!]!;
        if (place[from]! < begin) {
          place[from] = size;
          next.sources[size++] = from;
        }
        part[at] = place[from]!;
      }
    next.offsets[one + 1] = size;
  }
  return {
    part,
    next: { offsets: next.offsets, sources: next.sources.slice(0, size), values: new Float64Array(size) },
  };
}

/** Makes the probabilities between groups from x, and the sums of x by group. */
export function fill(
  { offsets, sources, values }: Columns,
  x: Float64Array,
  { group, part }: { readonly group: Int32Array; readonly part: Int32Array },
  next: Columns,
  sums: Float64Array,
): void {
  sums.fill(0);
  next.values.fill(0);
  for (let state = 0; state < x.length; state++) sums[group[state]!]! += x[state]!;
  // A group of which nothing is left, by rounding, is left as if its states were equal: it must not keep what flows into it.
  const weight = (state: number): number => (sums[group[state]!]! > 0 ? x[state]! : 1);
  const weights = new Float64Array(sums.length);
  for (let state = 0; state < x.length; state++) {
    weights[group[state]!]! += weight(state);
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++)
      next.values[part[at]!]! += weight(sources[at]!) * values[at]!;
  }
  for (let at = 0; at < next.values.length; at++) next.values[at]! /= weights[next.sources[at]!]!;
}
