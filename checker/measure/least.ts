/** The least of something per piece of work: a shortest path from where a piece begins to a step that finishes one. */
import { NONE, type Pieces } from "./pieces.ts";

/** A piece as transitions: the run before it, and its own steps. */
export interface Told {
  readonly count: number;
  readonly before: readonly number[];
  readonly piece: readonly number[];
}

/** @param weights By transition: how many of them it is. */
export function leastOf(pieces: Pieces, weights: Float64Array): Told {
  const { steps, openings, finishes, single, sources, hasFirst } = pieces;
  const { offsets, targets, states } = steps.graph;
  const least = new Float64Array(states).fill(Infinity);
  const came = new Int32Array(states).fill(NONE);
  const opening = new Map<number, number>();
  // States by what they have cost so far: few costs are small, so that a list for each is enough.
  const waiting: number[][] = [];
  const meet = (state: number, cost: number, edge: number): void => {
    if (cost >= least[state]!) return;
    least[state] = cost;
    came[state] = edge;
    (waiting[cost] ??= []).push(state);
  };
  for (const edge of openings) {
    const state = pieces.opened(edge);
    const cost = hasFirst ? weights[edge]! : 0;
    if (pieces.inside[state] !== 2 || cost >= least[state]!) continue;
    opening.set(state, edge);
    meet(state, cost, NONE);
  }
  let best = { cost: Infinity, edge: NONE };
  for (const edge of single) if (weights[edge]! < best.cost) best = { cost: weights[edge]!, edge };
  for (let cost = 0; cost < Math.min(waiting.length, best.cost); cost++)
    for (const state of waiting[cost] ?? []) {
      if (least[state] !== cost) continue;
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
        const reached = cost + weights[edge]!;
        if (finishes[edge] === 1 && pieces.isTaken(edge) && reached < best.cost) best = { cost: reached, edge };
        if (pieces.goesOn(edge)) meet(targets[edge]!, reached, edge);
      }
    }
  if (single.includes(best.edge))
    return { count: best.cost, before: pieces.to(sources[best.edge]!), piece: [best.edge] };
  const piece = [best.edge];
  let state = sources[best.edge]!;
  for (; came[state] !== NONE; state = sources[came[state]!]!) piece.push(came[state]!);
  return { count: best.cost, ...joined(pieces, opening.get(state)!, piece.reverse()) };
}

/** The piece after its opening, with the run before it. */
export function joined(pieces: Pieces, opening: number, piece: readonly number[]): Omit<Told, "count"> {
  const before = pieces.upTo(opening);
  return pieces.hasFirst ? { before: before.slice(0, -1), piece: [...before.slice(-1), ...piece] } : { before, piece };
}
