/** How much work is finished in each part of the time, from the beginning of a simulation: what a warm-up looks like. */
import { ModelError, type System } from "../../system.ts";
import { checkCounted, type Counted } from "../counted.ts";
import { checkRates, type Rates } from "../rates.ts";
import { streamsOf, type Draws } from "./draws.ts";
import { Engine } from "./engine.ts";
import { intervalOf, type Interval } from "./student.ts";
import { messagesIn, Tally } from "./tally.ts";

export interface TimelineOptions {
  readonly seed: number;
  readonly replications: number;
  /** Where each part of the time ends, in nanoseconds; ascending. */
  readonly until: readonly number[];
  readonly confidence: number;
}

export interface Timeline {
  readonly until: readonly number[];
  /** By part of the time: pieces of work that are finished in a nanosecond. */
  readonly perNs: readonly Interval[];
}

export class TimelineSimulation {
  readonly #streams: Generator<Draws>;
  readonly #work: Counted;
  readonly #shared: Engine;
  readonly #options: TimelineOptions;
  readonly #done: number[][] = [];
  #engine: Engine | undefined;
  #tally: Tally | undefined;
  #parts: number[] = [];

  /** @throws ModelError for rates, work and times that make no sense */
  constructor(system: System, rates: Rates, work: Counted, options: TimelineOptions) {
    const { seed, replications, until } = options;
    checkRates(system, rates);
    checkCounted(system, work);
    if (until.length === 0 || until.some((time, k) => !(time > (until[k - 1] ?? 0) && Number.isFinite(time))))
      throw new ModelError(`The parts of the time end at ${until.join(", ")} ns; they must ascend, from above 0.`);
    if (!(Number.isInteger(replications) && replications >= 2))
      throw new ModelError(`There are ${replications} replications; an interval needs 2.`);
    this.#options = options;
    this.#streams = streamsOf(seed);
    this.#work = work;
    this.#shared = new Engine(system, rates, messagesIn(work.of));
  }

  /** Replications that are done. */
  get done(): number {
    return this.#done.length;
  }

  /** Takes up to so many steps; false when all replications are done. */
  advance(steps: number): boolean {
    const { until, replications } = this.#options;
    for (let left = steps; left > 0 && this.#done.length < replications; left--) {
      if (!this.#engine) {
        this.#engine = this.#shared.begin(this.#streams.next().value as Draws);
        this.#tally = new Tally(this.#engine.names, [this.#work]);
        this.#parts = [];
      }
      while (this.#parts.length < until.length && this.#engine.next > until[this.#parts.length]!)
        this.#parts.push(this.#tally!.counts[0]!);
      if (this.#parts.length < until.length) this.#engine.advance(this.#tally!);
      else {
        this.#done.push(this.#parts);
        this.#engine = undefined;
      }
    }
    return this.#done.length < replications;
  }

  /** Of the replications that are done. */
  record(): Timeline {
    if (this.#done.length === 0) throw new ModelError("No replication of the simulation is done.");
    const { until, confidence } = this.#options;
    const perNs = until.map((end, part) => {
      const begin = until[part - 1] ?? 0;
      const values = this.#done.map((sums) => (sums[part]! - (sums[part - 1] ?? 0)) / (end - begin));
      return intervalOf(values, confidence);
    });
    return { until, perNs };
  }
}
