/**
 * Whether one system can do only what another one can, as far as an interface shows: trace inclusion by subset construction.
 *
 * The detailed system is explored state by state. Beside each of its states runs the set of states in which the simple
 * system may be after the same messages, closed over its silent steps. Pairs of state and set are visited in order of the
 * messages shown, so the trace that is found first is a shortest one that the simple system cannot do.
 *
 * Traces are finite, so only what may happen is compared. A stand-in that can stay silent for ever still refines, and
 * claims about what must happen some day need another argument.
 */
import type { Json } from "../../json.ts";
import { canonical } from "../../kernel/canon.ts";
import type { Mark } from "./observed.ts";

/** A system as an observer at the interface sees it. `World` of inclusion.ts is one. */
export interface Side<State> {
  readonly initial: State;
  /** Equal texts for equal states. */
  readonly key: (state: State) => string;
  /** A step may show several messages in order; one that shows none is silent. */
  readonly steps: (
    state: State,
  ) => readonly { readonly to: State; readonly marks: readonly Mark[]; readonly what: Json }[];
}

export interface RefinementLimits {
  /** Pairs of a detailed state and a set of simple states, at most. */
  readonly pairs: number;
  /** States of the simple system, at most. */
  readonly simple: number;
}

/** A step of the detailed system, with what it shows of the trace. */
export interface RefinementStep {
  readonly what: Json;
  readonly marks: readonly Mark[];
}

export type Refinement =
  | {
      readonly kind: "refines";
      readonly pairs: number;
      readonly simple: number;
      /** Names of the messages that the detailed system has shown, in alphabetical order. */
      readonly shown: readonly string[];
    }
  | {
      readonly kind: "does-not";
      /** The last message is the one that the simple system cannot show. */
      readonly trace: readonly Mark[];
      /** Of the detailed system, with its silent steps. */
      readonly steps: readonly RefinementStep[];
      /** What the simple system could show in place of the last message. */
      readonly instead: readonly Mark[];
    }
  | { readonly kind: "bound"; readonly because: string };

/** A trace walked in the simple system: how many of its messages it can show, and what it could show next. */
export type Walk =
  | { readonly kind: "walked"; readonly accepted: number; readonly next: readonly Mark[] }
  | { readonly kind: "bound"; readonly because: string };

class Bound extends Error {}

/** Marks as numbers, the same for both sides. */
class Marks {
  readonly #ids = new Map<string, number>();
  readonly #marks: Mark[] = [];

  idOf(mark: Mark): number {
    const text = canonical({ name: mark.name, fields: mark.fields });
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.#ids.set(text, this.#marks.length);
    return this.#marks.push(mark) - 1;
  }

  at(id: number): Mark {
    return this.#marks[id]!;
  }
}

interface Edge {
  /** Null: silent. */
  readonly mark: number | null;
  readonly to: number;
  /** Absent: the rest of a step that has shown another mark before. */
  readonly what?: Json;
}

/** The side as an automaton whose edges show one mark or none. A node is a state, with the marks that its last step still shows. */
class Automaton<State> {
  readonly #side: Side<State>;
  readonly #marks: Marks;
  readonly #limit: number;
  readonly #called: string;
  readonly #ids = new Map<string, number>();
  readonly #nodes: { readonly state: State; readonly rest: readonly number[] }[] = [];
  readonly #edges: (readonly Edge[] | undefined)[] = [];

  constructor(side: Side<State>, marks: Marks, limit: number, called: string) {
    this.#side = side;
    this.#marks = marks;
    this.#limit = limit;
    this.#called = called;
    this.#node(side.initial, []);
  }

  get size(): number {
    return this.#nodes.length;
  }

  #node(state: State, rest: readonly number[]): number {
    const key = `${rest.join()} ${this.#side.key(state)}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#nodes.length === this.#limit)
      throw new Bound(`the ${this.#called} system has more than ${this.#limit} states`);
    this.#ids.set(key, this.#nodes.length);
    return this.#nodes.push({ state, rest }) - 1;
  }

  edges(id: number): readonly Edge[] {
    let edges = this.#edges[id];
    if (edges) return edges;
    const { state, rest } = this.#nodes[id]!;
    if (rest.length > 0) edges = [{ mark: rest[0]!, to: this.#node(state, rest.slice(1)) }];
    else
      edges = this.#side.steps(state).map(({ to, marks, what }) => {
        const [mark = null, ...others] = marks.map((one) => this.#marks.idOf(one));
        return { mark, to: this.#node(to, others), what };
      });
    this.#edges[id] = edges;
    return edges;
  }
}

/** The automaton made deterministic: sets of its nodes, closed over silent edges. */
class Subsets<State> {
  readonly #automaton: Automaton<State>;
  readonly #ids = new Map<string, number>();
  readonly #sets: (readonly number[])[] = [];
  readonly #after = new Map<string, number | null>();
  readonly initial: number;

  constructor(automaton: Automaton<State>) {
    this.#automaton = automaton;
    this.initial = this.#closed([0]);
  }

  #closed(nodes: readonly number[]): number {
    const members = new Set(nodes);
    for (const node of members)
      for (const { mark, to } of this.#automaton.edges(node)) if (mark === null) members.add(to);
    const sorted = [...members].sort((a, b) => a - b);
    const key = sorted.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.#sets.length);
    return this.#sets.push(sorted) - 1;
  }

  /** Null: no state of the set can show the mark. */
  after(set: number, mark: number): number | null {
    const key = `${set} ${mark}`;
    let found = this.#after.get(key);
    if (found === undefined) {
      const next = this.#sets[set]!.flatMap((node) =>
        this.#automaton.edges(node).flatMap((edge) => (edge.mark === mark ? [edge.to] : [])),
      );
      found = next.length === 0 ? null : this.#closed(next);
      this.#after.set(key, found);
    }
    return found;
  }

  /** In order of the numbers. */
  offers(set: number): readonly number[] {
    const marks = this.#sets[set]!.flatMap((node) =>
      this.#automaton.edges(node).flatMap(({ mark }) => (mark === null ? [] : [mark])),
    );
    return [...new Set(marks)].sort((a, b) => a - b);
  }
}

interface Pair {
  readonly node: number;
  readonly set: number;
  readonly before: Pair | undefined;
  readonly edge: Edge | undefined;
}

/** Whether every trace of the detailed system, as far as the marks show, is one of the simple system. */
export function refines<D, S>(detailed: Side<D>, simple: Side<S>, limits: RefinementLimits): Refinement {
  try {
    return compared(detailed, simple, limits);
  } catch (error) {
    if (error instanceof Bound) return { kind: "bound", because: error.message };
    throw error;
  }
}

function compared<D, S>(detailed: Side<D>, simple: Side<S>, limits: RefinementLimits): Refinement {
  const marks = new Marks();
  const fine = new Automaton(detailed, marks, limits.pairs, "detailed");
  const coarse = new Automaton(simple, marks, limits.simple, "simple");
  const subsets = new Subsets(coarse);
  const seen = new Set<string>();
  const shown = new Set<string>();
  /** By the number of marks shown: those of this level, and those of the next. */
  let level: Pair[] = [{ node: 0, set: subsets.initial, before: undefined, edge: undefined }];
  while (level.length > 0) {
    const next: Pair[] = [];
    for (const pair of level) {
      const key = `${pair.node} ${pair.set}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > limits.pairs) throw new Bound(`more than ${limits.pairs} pairs of states`);
      for (const edge of fine.edges(pair.node)) {
        const to = { node: edge.to, before: pair, edge };
        // An array that grows while it is walked: silent steps stay in the level.
        if (edge.mark === null) level.push({ ...to, set: pair.set });
        else {
          shown.add(marks.at(edge.mark).name);
          const set = subsets.after(pair.set, edge.mark);
          if (set === null) return failure({ ...to, set: pair.set }, marks, subsets);
          next.push({ ...to, set });
        }
      }
    }
    level = next;
  }
  return { kind: "refines", pairs: seen.size, simple: coarse.size, shown: [...shown].sort() };
}

function failure<S>(last: Pair, marks: Marks, subsets: Subsets<S>): Refinement {
  const steps: { what: Json; marks: Mark[] }[] = [];
  const edges: Edge[] = [];
  for (let pair: Pair | undefined = last; pair?.edge; pair = pair.before) edges.unshift(pair.edge);
  for (const { what, mark } of edges) {
    if (what !== undefined) steps.push({ what, marks: [] });
    if (mark !== null) steps.at(-1)!.marks.push(marks.at(mark));
  }
  return {
    kind: "does-not",
    trace: steps.flatMap((step) => step.marks),
    steps,
    instead: subsets.offers(last.set).map((mark) => marks.at(mark)),
  };
}

/** Walks the trace in the system: what a stand-in must not be able to do, it must refuse. */
export function walk<S>(system: Side<S>, trace: readonly Mark[], limits: Pick<RefinementLimits, "simple">): Walk {
  try {
    const marks = new Marks();
    const subsets = new Subsets(new Automaton(system, marks, limits.simple, "simple"));
    let set = subsets.initial;
    for (const [accepted, mark] of trace.entries()) {
      const after = subsets.after(set, marks.idOf(mark));
      if (after === null)
        return { kind: "walked", accepted, next: subsets.offers(set).map((offer) => marks.at(offer)) };
      set = after;
    }
    return { kind: "walked", accepted: trace.length, next: subsets.offers(set).map((offer) => marks.at(offer)) };
  } catch (error) {
    if (error instanceof Bound) return { kind: "bound", because: error.message };
    throw error;
  }
}
