/**
 * The most of something per piece of work: a longest path, component by component, or a cycle on which it comes again and
 * again before the piece is finished.
 */
import { componentsOf } from "./components.ts";
import { joined, type Told } from "./least.ts";
import { NONE, type Pieces } from "./pieces.ts";

/** `count` is `Infinity` where the last `loop` steps of the piece can be repeated before it is finished. */
export interface Most extends Told {
  readonly loop?: number;
}

/** Cycles that are tried for a short one. */
const TRIES = 24;

export const mostOf = (pieces: Pieces, weights: Float64Array): Most => new Longest(pieces, weights).told();

class Longest {
  readonly #pieces: Pieces;
  readonly #weights: Float64Array;
  readonly #offsets: Uint32Array;
  readonly #targets: Int32Array;
  readonly #of: Int32Array;
  readonly #components: readonly Int32Array[];

  constructor(pieces: Pieces, weights: Float64Array) {
    const { graph } = pieces.steps;
    this.#pieces = pieces;
    this.#weights = weights;
    this.#offsets = graph.offsets;
    this.#targets = graph.targets;
    const kept = { offsets: new Uint32Array(graph.states + 1), targets: new Int32Array(graph.transitions) };
    let size = 0;
    for (let state = 0; state < graph.states; state++) {
      for (let edge = graph.offsets[state]!; edge < graph.offsets[state + 1]!; edge++)
        if (pieces.inside[state] === 2 && pieces.goesOn(edge)) kept.targets[size++] = graph.targets[edge]!;
      kept.offsets[state + 1] = size;
    }
    const { components, of } = componentsOf({ count: graph.states, ...kept });
    this.#components = components;
    this.#of = of;
  }

  told(): Most {
    const turning: number[] = [];
    for (let edge = 0; edge < this.#targets.length && turning.length < TRIES; edge++)
      if (this.#weights[edge]! > 0 && this.#staysIn(edge)) turning.push(edge);
    if (turning.length > 0) return this.#turns(turning);
    return this.#longest();
  }

  /** Whether the transition goes on with a piece and leads back to where it comes from. */
  #staysIn(edge: number): boolean {
    const { sources, inside } = this.#pieces;
    const source = sources[edge]!;
    return inside[source] === 2 && this.#pieces.goesOn(edge) && this.#of[source] === this.#of[this.#targets[edge]!];
  }

  #turns(turning: readonly number[]): Most {
    const { sources, starts, inside, depth } = this.#pieces;
    const depthOf = (opening: number): number => (opening === NONE ? 0 : depth[sources[opening]!]! + 1);
    const open = [...starts.keys()].filter((start) => inside[start] === 2);
    const tries = turning.map((edge) => {
      const cycle = [
        edge,
        ...this.#way(
          [this.#targets[edge]!],
          (state) => state === sources[edge],
          (one) => this.#staysIn(one),
        ),
      ];
      const way = this.#way(
        open,
        (state) => state === sources[edge],
        (one) => this.#pieces.goesOn(one),
        (state) => depthOf(starts.get(state)!),
      );
      const start = way.length > 0 ? sources[way[0]!]! : sources[edge]!;
      return { ...joined(this.#pieces, starts.get(start)!, [...way, ...cycle]), loop: cycle.length };
    });
    const shortest = tries.reduce((best, one) =>
      one.before.length + one.piece.length < best.before.length + best.piece.length ? one : best,
    );
    return { count: Infinity, ...shortest };
  }

  /** A shortest way from one of the states to a goal; a state is there after as many steps as `depthOf` says. */
  #way(
    from: readonly number[],
    isGoal: (state: number) => boolean,
    passes: (edge: number) => boolean,
    depthOf: (state: number) => number = () => 0,
  ): readonly number[] {
    const { sources } = this.#pieces;
    const came = new Map<number, number>();
    const starts = [...from].sort((a, b) => depthOf(b) - depthOf(a) || b - a);
    let level: number[] = [];
    for (let depth = 0; starts.length > 0 || level.length > 0; depth++) {
      for (; starts.length > 0 && depthOf(starts.at(-1)!) <= depth; starts.pop()) {
        const start = starts.at(-1)!;
        if (came.has(start)) continue;
        came.set(start, NONE);
        level.push(start);
      }
      const next: number[] = [];
      for (const state of level) {
        if (isGoal(state)) {
          const way: number[] = [];
          for (let edge = came.get(state)!; edge !== NONE; edge = came.get(sources[edge]!)!) way.push(edge);
          return way.reverse();
        }
        for (let edge = this.#offsets[state]!; edge < this.#offsets[state + 1]!; edge++) {
          const target = this.#targets[edge]!;
          if (!passes(edge) || came.has(target)) continue;
          came.set(target, edge);
          next.push(target);
        }
      }
      level = next;
    }
    throw new Error("There is no way where the components say that there is one.");
  }

  #longest(): Most {
    const { inside, finishes, sources, openings, single, hasFirst } = this.#pieces;
    const weights = this.#weights;
    // Nothing is counted within a component. Those that others lead to come first.
    const most = new Float64Array(this.#components.length).fill(-1);
    const last = new Int32Array(this.#components.length).fill(NONE);
    for (const [number, states] of this.#components.entries())
      for (const state of states) {
        if (inside[state] !== 2) continue;
        for (let edge = this.#offsets[state]!; edge < this.#offsets[state + 1]!; edge++) {
          const isLast = finishes[edge] === 1 && this.#pieces.isTaken(edge);
          const next = isLast ? -1 : this.#of[this.#targets[edge]!]!;
          if (!isLast && (!this.#pieces.goesOn(edge) || next === number)) continue;
          const count = weights[edge]! + (isLast ? 0 : most[next]!);
          if (count <= most[number]!) continue;
          most[number] = count;
          last[number] = edge;
        }
      }
    let best = { count: -1, opening: NONE };
    for (const opening of openings) {
      const state = this.#pieces.opened(opening);
      if (inside[state] !== 2) continue;
      const count = most[this.#of[state]!]! + (hasFirst ? weights[opening]! : 0);
      if (count > best.count) best = { count, opening };
    }
    const alone = single.reduce(
      (found, edge) => (found === NONE || weights[edge]! > weights[found]! ? edge : found),
      NONE,
    );
    if (alone !== NONE && weights[alone]! > best.count)
      return { count: weights[alone]!, before: this.#pieces.to(sources[alone]!), piece: [alone] };
    const piece: number[] = [];
    for (let state = this.#pieces.opened(best.opening); ;) {
      const edge = last[this.#of[state]!]!;
      piece.push(
        ...this.#way(
          [state],
          (one) => one === sources[edge],
          (one) => this.#staysIn(one),
        ),
        edge,
      );
      if (finishes[edge] === 1) break;
      state = this.#targets[edge]!;
    }
    return { count: best.count, ...joined(this.#pieces, best.opening, piece) };
  }
}
