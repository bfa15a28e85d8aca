/**
 * A stored graph with rates is a continuous-time Markov chain. A state in which a step takes no time is left at once: it is
 * kept as a state, with a sojourn of 0 ns and probabilities in the place of rates, as in a generalized stochastic Petri net.
 */
import { ModelError } from "../system.ts";
import { meanOf } from "./cost.ts";
import { rowOf, type Rows } from "./rows.ts";
import type { Occurrence } from "./occurrence.ts";
import { checkRates, timedAs, type Rates, type Timed } from "./rates.ts";
import { sliceAt, whole, type Slices } from "./slices.ts";
import type { StoredSteps } from "./stored-steps.ts";

/** The states that can be reached; number 0 is the initial one. */
export interface Chain extends Rows {
  readonly steps: StoredSteps;
  readonly rates: Rates;
  /** By transition of the chain: the stored transition that it is. */
  readonly edges: Int32Array;
  /** By state of the chain: the state of the search. */
  readonly states: Int32Array;
  /** The rules that gave a time or a weight to a step of the chain. */
  readonly used: ReadonlySet<number>;
}

/** What the rates say of an occurrence, with the number of its activity. */
interface Said {
  readonly timed: Timed;
  readonly activity: number;
  /** Per ns. */
  readonly rate: number;
}

/** A step that does not happen. */
const NOTHING = 0;

class Reading {
  readonly used = new Set<number>();
  /** Weights of what is possible, by activity; 0 again after each state. */
  readonly #weights: number[] = [];
  readonly #said: (Said | undefined)[] = [];
  readonly #activities = new Map<string, number>();
  readonly #rates: Rates;
  readonly #occurrences: readonly Occurrence[];

  constructor(rates: Rates, occurrences: readonly Occurrence[]) {
    this.#rates = rates;
    this.#occurrences = occurrences;
  }

  /** Rates per ns, or where some step takes no time, probabilities: of the occurrences that are possible in one state. */
  shares(possible: Int32Array): { readonly isImmediate: boolean; readonly values: readonly number[] } {
    const all = Array.from(possible, (occurrence) => this.#saidOf(occurrence));
    const total = all.reduce((sum, { timed }) => (timed.kind === "immediate" ? sum + timed.weight : sum), 0);
    if (total > 0)
      return {
        isImmediate: true,
        values: all.map(({ timed }) => (timed.kind === "immediate" ? this.#use(timed, timed.weight / total) : NOTHING)),
      };
    for (const { timed, activity } of all)
      if (timed.kind === "timed") this.#weights[activity] = (this.#weights[activity] ?? 0) + timed.weight;
    const values = all.map(({ timed, activity, rate }, k) => {
      if (timed.kind !== "timed" || rate === 0) return NOTHING;
      if (timed.cost.distribution !== "exponential") throw this.#otherTime(possible[k]!, timed.cost.distribution);
      return this.#use(timed, (rate * timed.weight) / this.#weights[activity]!);
    });
    for (const { activity } of all) if (activity >= 0) this.#weights[activity] = 0;
    return { isImmediate: false, values };
  }

  #use({ rule }: Timed, value: number): number {
    this.used.add(rule);
    return value;
  }

  #otherTime(occurrence: number, distribution: string): ModelError {
    return new ModelError(
      `The time of "${this.#occurrences[occurrence]!.step}" is ${distribution}; a Markov chain has exponential times only.\nMake it exponential, or simulate.`,
    );
  }

  #saidOf(number: number): Said {
    const known = this.#said[number];
    if (known) return known;
    const occurrence = this.#occurrences[number]!;
    const timed = timedAs(this.#rates, occurrence);
    const rate = timed.kind === "timed" ? timed.times / meanOf(timed.cost) : 0;
    const said = {
      timed,
      rate,
      activity: timed.kind === "timed" ? this.#activity(`${timed.rule} ${occurrence.component}`) : -1,
    };
    this.#said[number] = said;
    return said;
  }

  #activity(name: string): number {
    const known = this.#activities.get(name);
    if (known !== undefined) return known;
    this.#activities.set(name, this.#activities.size);
    return this.#activities.size - 1;
  }
}

/** @throws ModelError for rates that are none, or do not say enough of a step that is possible, and for times of another kind */
export const chainOf = (steps: StoredSteps, rates: Rates): Chain => whole(chainInSlices(steps, rates));

/** The same in slices. @throws ModelError */
export function* chainInSlices(steps: StoredSteps, rates: Rates): Slices<Chain> {
  const { graph, search } = steps;
  checkRates(search.system, rates);
  const { offsets, targets } = graph;
  const reading = new Reading(rates, steps.occurrences);
  const numbers = new Int32Array(graph.states).fill(-1);
  const states = new Int32Array(graph.states);
  const kept = {
    offsets: new Uint32Array(graph.states + 1),
    targets: new Int32Array(graph.transitions),
    values: new Float64Array(graph.transitions),
    holds: new Float64Array(graph.states),
    edges: new Int32Array(graph.transitions),
  };
  let found = 1;
  let size = 0;
  numbers[0] = 0;
  for (let number = 0; number < found; number++) {
    const slice = sliceAt(number, graph.states);
    if (slice) yield slice;
    const state = states[number]!;
    const [from, until] = [offsets[state]!, offsets[state + 1]!];
    const { isImmediate, values } = reading.shares(steps.of.subarray(from, until));
    const exit = isImmediate ? 1 : values.reduce((sum, value) => sum + value, 0);
    kept.offsets[number] = size;
    kept.holds[number] = isImmediate ? 0 : 1 / exit;
    for (let edge = from; edge < until; edge++) {
      const value = values[edge - from]!;
      if (value === NOTHING) continue;
      const target = targets[edge]!;
      if (numbers[target]! < 0) {
        numbers[target] = found;
        states[found++] = target;
      }
      kept.targets[size] = numbers[target]!;
      kept.values[size] = value / exit;
      kept.edges[size++] = edge;
    }
  }
  kept.offsets[found] = size;
  return {
    ...rowOf(kept, found, size),
    edges: kept.edges.subarray(0, size),
    states: states.subarray(0, found),
    steps,
    rates,
    used: reading.used,
  };
}
