/** One replication: an engine with its own stream of random numbers, and what is counted after the warm-up. */
import { ModelError, type System } from "../../system.ts";
import type { Rates } from "../rates.ts";
import type { Questions, Replication, SimulationOptions } from "./asked.ts";
import type { Draws } from "./draws.ts";
import { Engine } from "./engine.ts";
import { messagesIn, Tally } from "./tally.ts";

/** Of what was checked (checkSimulation). Replications that come one after the other share it. */
export function engineFor(system: System, rates: Rates, { work, counted = [], spans = [] }: Questions): Engine {
  const patterns = [work, ...counted].flatMap(({ of }) => of);
  const ends = spans.flatMap(({ from, to }) => [...from, ...to]);
  return new Engine(system, rates, messagesIn([...patterns, ...ends]));
}

export class Replicating {
  readonly engine: Engine;
  readonly #tally: Tally;
  readonly #options: SimulationOptions;
  #isWarm = false;
  /** Where the measured part begins. */
  #began = 0;
  #stepsBefore = 0;
  #firstHalf = { ns: 0, work: 0 };

  /** With an engine for the questions, which nothing else uses meanwhile. */
  constructor(engine: Engine, questions: Questions, options: SimulationOptions, draws: Draws) {
    const { work, counted = [], spans, levels } = questions;
    this.#options = options;
    this.engine = engine.begin(draws);
    this.#tally = new Tally(this.engine.names, [work, ...counted], spans, levels);
  }

  /** Takes up to so many steps; true when the replication is over. */
  advance(steps: number): boolean {
    const { engine } = this;
    for (let left = steps; left > 0; left--) {
      const { next } = engine;
      if (!this.#isWarm && this.#isWarmAt(next)) this.#begin();
      if (next === Infinity || (this.#isWarm && this.#part(next) >= 1)) return true;
      engine.advance(this.#tally);
      if (this.#isWarm && this.#part(engine.now) <= 1 / 2)
        this.#firstHalf = { ns: engine.now - this.#began, work: this.#tally.counts[0]! };
    }
    return false;
  }

  /** How much of it is done, from 0 to 1. */
  get share(): number {
    const { warmUp, length } = this.#options;
    const { steps, now } = this.engine;
    if (steps === 0) return 0;
    if ("steps" in length) {
      const before = typeof warmUp === "number" ? this.#before(this.#stepsBefore, steps, now / warmUp) : warmUp.steps;
      return Math.min(1, steps / (before + length.steps));
    }
    if ("ns" in length) {
      const before = typeof warmUp === "number" ? warmUp : this.#before(this.#began, now, steps / warmUp.steps);
      return Math.min(1, now / (before + length.ns));
    }
    return this.#isWarm ? Math.min(1, this.#part(now)) : 0;
  }

  /** How much comes before the measured part: known at its end, and before it a guess from what part of it is over. */
  #before(known: number, soFar: number, part: number): number {
    return this.#isWarm ? known : soFar / part;
  }

  #isWarmAt(next: number): boolean {
    const { warmUp } = this.#options;
    return typeof warmUp === "number" ? next >= warmUp : this.engine.steps >= warmUp.steps;
  }

  /** How much of the measured part lies before the time; above 1 only where time is its length. */
  #part(time: number): number {
    const { length } = this.#options;
    if ("pieces" in length) return this.#tally.counts[0]! / length.pieces;
    if ("steps" in length) return (this.engine.steps - this.#stepsBefore) / length.steps;
    const part = (time - this.#began) / length.ns;
    // A step at the very end belongs to it.
    return part === 1 ? 1 - Number.EPSILON : part;
  }

  #begin(): void {
    const { warmUp } = this.#options;
    this.#isWarm = true;
    this.#began = typeof warmUp === "number" ? warmUp : this.engine.now;
    this.#stepsBefore = this.engine.steps;
    this.#tally.end(this.#began);
    this.#tally.begin(this.#began);
    this.#firstHalf = { ns: 0, work: 0 };
  }

  /** What it came to. @throws ModelError where nothing was measured, because no step was possible any more */
  result(): Replication {
    const { length } = this.#options;
    const { engine } = this;
    const isOver = this.#isWarm && this.#part(engine.next) >= 1;
    const end = "ns" in length ? this.#began + length.ns : engine.now;
    const ns = end - this.#began;
    if (!this.#isWarm || ns <= 0)
      throw new ModelError(
        `Nothing was measured: a replication is over after ${engine.steps} steps, at ${engine.now} ns${engine.next === Infinity ? ", and no step is possible any more" : ""}.`,
      );
    this.#tally.end(end);
    const [work = 0, ...counts] = this.#tally.counts;
    return {
      steps: engine.steps - this.#stepsBefore,
      ns,
      stopped: !isOver || engine.next === Infinity,
      work,
      firstHalf: "ns" in length ? { ...this.#firstHalf, ns: length.ns / 2 } : this.#firstHalf,
      counts,
      waits: this.#tally.waits.map((waits) => ({
        count: waits.count,
        mean: waits.sum / waits.count,
        p50: waits.percentile(0.5) ?? 0,
        p99: waits.percentile(0.99) ?? 0,
        most: waits.most,
      })),
      levels: this.#tally.levels.map(({ times }) =>
        [...times].sort(([one], [other]) => one - other).map(([value, time]) => [value, time / ns] as const),
      ),
    };
  }
}
