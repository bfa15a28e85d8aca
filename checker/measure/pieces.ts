/**
 * Pieces of work in a stored graph: where one begins, which steps finish it, and what lies between. A piece begins with the
 * run and after each step that finishes one, or with each step that is said to begin one. A step that begins and finishes
 * is a piece by itself.
 */
import { ModelError } from "../system.ts";
import { checkCounted, countIn, type Counted } from "./counted.ts";
import { checkPattern, timesIn, type Pattern } from "./pattern.ts";
import type { StoredSteps } from "./stored-steps.ts";

export interface Work {
  readonly finished: Counted;
  readonly begins?: Counted;
  /** Steps that no run takes. */
  readonly never?: readonly Pattern[];
}

/** No transition. */
export const NONE = -1;

export class Pieces {
  readonly steps: StoredSteps;
  readonly sources: Int32Array;
  /** By transition: 1 where it finishes a piece. */
  readonly finishes: Uint8Array;
  /** By state: the transition by which a shortest run comes there; `NONE` for the initial state. */
  readonly via: Int32Array;
  /** By state: the steps of that run. */
  readonly depth: Int32Array;
  /** By state in which a piece can begin, or be under way after its first step: a transition that leads there, or `NONE`. */
  readonly starts: ReadonlyMap<number, number>;
  /** With `begins`: all transitions that begin a piece and do not finish it. Else those of `starts`. */
  readonly openings: readonly number[];
  /** Transitions that begin a piece and finish it. */
  readonly single: readonly number[];
  /** By state: 1 where a piece can be under way, and 2 where it can be finished too. */
  readonly inside: Uint8Array;
  readonly #never: Uint8Array;
  readonly #reached: Uint8Array;
  /** Of `begins`: the step that begins a piece belongs to it. */
  readonly hasFirst: boolean;
  /** Whether some run begins a piece while one is under way. */
  readonly overlap: boolean;

  /** @throws ModelError for names that are none, and where no work is ever finished */
  constructor(steps: StoredSteps, { finished, begins, never = [] }: Work) {
    const { graph, search } = steps;
    checkCounted(search.system, finished);
    if (begins) checkCounted(search.system, begins);
    for (const pattern of never) checkPattern(search.system, pattern, "What never happens");
    this.steps = steps;
    this.hasFirst = begins !== undefined;
    this.finishes = this.#marked((one) => countIn(finished, one) > 0);
    this.#never = this.#marked((one) => never.some((pattern) => timesIn(pattern, one) > 0));
    this.sources = new Int32Array(graph.transitions);
    for (let state = 0; state < graph.states; state++)
      this.sources.fill(state, graph.offsets[state], graph.offsets[state + 1]);
    this.via = new Int32Array(graph.states).fill(NONE);
    this.depth = new Int32Array(graph.states);
    this.#reached = new Uint8Array(graph.states);
    this.#reached[0] = 1;
    this.#spread(
      [0],
      this.#reached,
      () => true,
      (edge) => this.#cameBy(edge),
    );
    const isBegin = begins && this.#marked((one) => countIn(begins, one) > 0);
    const starts = new Map<number, number>(isBegin ? [] : [[0, NONE]]);
    const single: number[] = [];
    const openings: number[] = [];
    for (let edge = 0; edge < graph.transitions; edge++) {
      if (!this.isTaken(edge) || (isBegin ?? this.finishes)[edge] === 0) continue;
      if (isBegin && this.finishes[edge] === 1) single.push(edge);
      else {
        if (isBegin) openings.push(edge);
        if (!starts.has(graph.targets[edge]!)) starts.set(graph.targets[edge]!, edge);
      }
    }
    this.starts = starts;
    this.openings = isBegin ? openings : [...starts.values()];
    this.single = single;
    this.inside = this.#insideOf();
    this.overlap =
      isBegin?.some((begin, edge) => begin === 1 && this.isTaken(edge) && this.inside[this.sources[edge]!]! > 0) ??
      false;
  }

  /** Whether some run takes the transition. */
  isTaken(edge: number): boolean {
    return this.#never[edge] === 0 && this.#reached[this.sources[edge]!] === 1;
  }

  /** Whether the transition goes on with a piece that can be finished behind it. */
  goesOn(edge: number): boolean {
    const { targets } = this.steps.graph;
    return this.isTaken(edge) && this.finishes[edge] === 0 && this.inside[targets[edge]!] === 2;
  }

  /** A shortest run to the state, as transitions. */
  to(state: number): readonly number[] {
    const taken: number[] = [];
    for (let edge = this.via[state]!; edge !== NONE; edge = this.via[this.sources[edge]!]!) taken.push(edge);
    return taken.reverse();
  }

  /** The state that a piece is in when it has been opened; `NONE` opens the first one. */
  opened(opening: number): number {
    return opening === NONE ? 0 : this.steps.graph.targets[opening]!;
  }

  /** A shortest run that ends with the opening. */
  upTo(opening: number): readonly number[] {
    return opening === NONE ? [] : [...this.to(this.sources[opening]!), opening];
  }

  #cameBy(edge: number): void {
    const target = this.steps.graph.targets[edge]!;
    this.via[target] = edge;
    this.depth[target] = this.depth[this.sources[edge]!]! + 1;
  }

  #marked(is: (occurrence: StoredSteps["occurrences"][number]) => boolean): Uint8Array {
    const marks = this.steps.occurrences.map((one) => (is(one) ? 1 : 0));
    return Uint8Array.from(this.steps.of, (occurrence) => marks[occurrence]!);
  }

  #spread(
    from: readonly number[],
    found: Uint8Array,
    passes: (edge: number) => boolean,
    meets = (_: number): void => {},
  ): void {
    const { offsets, targets } = this.steps.graph;
    const queue = [...from];
    for (let k = 0; k < queue.length; k++)
      for (let edge = offsets[queue[k]!]!; edge < offsets[queue[k]! + 1]!; edge++) {
        const target = targets[edge]!;
        if (this.#never[edge] === 1 || found[target] === 1 || !passes(edge)) continue;
        found[target] = 1;
        meets(edge);
        queue.push(target);
      }
  }

  #insideOf(): Uint8Array {
    const { graph } = this.steps;
    const inside = new Uint8Array(graph.states);
    for (const start of this.starts.keys()) inside[start] = 1;
    this.#spread([...this.starts.keys()], inside, (edge) => this.finishes[edge] === 0);
    // Backwards from the steps that finish, over transitions in the order of their targets.
    const ordered = new Uint32Array(graph.transitions);
    const from = new Uint32Array(graph.states + 1);
    for (let edge = 0; edge < graph.transitions; edge++) from[graph.targets[edge]! + 1]!++;
    for (let state = 0; state < graph.states; state++) from[state + 1]! += from[state]!;
    const next = from.slice();
    for (let edge = 0; edge < graph.transitions; edge++) ordered[next[graph.targets[edge]!]!++] = edge;
    const queue: number[] = [];
    const find = (state: number): void => {
      if (inside[state] !== 1) return;
      inside[state] = 2;
      queue.push(state);
    };
    for (let edge = 0; edge < graph.transitions; edge++)
      if (this.finishes[edge] === 1 && this.isTaken(edge)) find(this.sources[edge]!);
    for (let k = 0; k < queue.length; k++)
      for (let at = from[queue[k]!]!; at < from[queue[k]! + 1]!; at++)
        if (this.finishes[ordered[at]!] === 0 && this.isTaken(ordered[at]!)) find(this.sources[ordered[at]!]!);
    if (queue.length === 0 && this.single.length === 0)
      throw new ModelError("No piece of work is ever finished: no run takes a step that finishes one that has begun.");
    return inside;
  }
}
