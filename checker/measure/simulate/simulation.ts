/**
 * Independent replications of one system, and what they say. A simulation is advanced in slices: the caller owns clock,
 * terminal and interrupts. The same system, rates, questions and seed give the same record, byte for byte.
 */
import { ModelError, type System } from "../../system.ts";
import { checkCounted } from "../counted.ts";
import { checkRates, type Rates } from "../rates.ts";
import type { Questions, Replication, SimulationOptions } from "./asked.ts";
import { checkQuestions } from "./checks.ts";
import { streamsOf, type Draws } from "./draws.ts";
import { Engine } from "./engine.ts";
import { recordOf, type SimulationRecord } from "./record.ts";
import { messagesIn, Tally } from "./tally.ts";

export class Simulation {
  readonly system: System;
  readonly rates: Rates;
  readonly questions: Questions;
  readonly options: SimulationOptions;
  readonly done: Replication[] = [];
  readonly #streams: Generator<Draws>;
  #current: Running | undefined;

  /** @throws ModelError for rates, questions and options that make no sense, with the nearest names */
  constructor(system: System, rates: Rates, questions: Questions, options: SimulationOptions, streams = streamsOf) {
    checkRates(system, rates);
    for (const one of [questions.work, ...(questions.counted ?? [])]) checkCounted(system, one);
    checkQuestions(system, questions, options);
    this.system = system;
    this.rates = rates;
    this.questions = questions;
    this.options = options;
    this.#streams = streams(options.seed);
  }

  /** Takes up to so many steps; false when all replications are done. */
  advance(steps: number): boolean {
    for (let left = steps; left > 0 && this.done.length < this.options.replications;) {
      this.#current ??= new Running(
        this.system,
        this.rates,
        this.questions,
        this.options,
        this.#streams.next().value as Draws,
      );
      const before = this.#current.engine.steps;
      const isOver = this.#current.advance(left);
      left -= Math.max(1, this.#current.engine.steps - before);
      if (!isOver) continue;
      this.done.push(this.#current.result());
      this.#current = undefined;
    }
    return this.done.length < this.options.replications;
  }

  /** What the replications that are done say. */
  record(): SimulationRecord {
    if (this.done.length === 0) throw new ModelError("No replication of the simulation is done.");
    const { system, rates, questions, options, done } = this;
    return recordOf(system, rates, questions, options, done);
  }
}

/** One replication. */
class Running {
  readonly engine: Engine;
  readonly #tally: Tally;
  readonly #options: SimulationOptions;
  #isWarm = false;
  #began = 0;
  #stepsBefore = 0;
  #firstHalf = 0;

  constructor(system: System, rates: Rates, questions: Questions, options: SimulationOptions, draws: Draws) {
    const { work, counted = [], spans, levels } = questions;
    this.#options = options;
    const patterns = [work, ...counted].flatMap(({ of }) => of);
    const ends = (spans ?? []).flatMap(({ from, to }) => [...from, ...to]);
    this.engine = new Engine(system, rates, draws, messagesIn([...patterns, ...ends]));
    this.#tally = new Tally(this.engine.names, [work, ...counted], spans, levels);
  }

  get #end(): number {
    const { length, warmUp } = this.#options;
    return "ns" in length ? warmUp + length.ns : Infinity;
  }

  get #middle(): number {
    const { length, warmUp } = this.#options;
    return "ns" in length ? warmUp + length.ns / 2 : Infinity;
  }

  /** True when the replication is over. */
  advance(steps: number): boolean {
    const { engine } = this;
    for (let left = steps; left > 0; left--) {
      const { next } = engine;
      if (!this.#isWarm && next >= this.#options.warmUp) this.#begin();
      if (next > this.#end || next === Infinity || this.#isFinished()) return true;
      engine.advance(this.#tally);
      if (next <= this.#middle) this.#firstHalf = this.#tally.counts[0]!;
    }
    return false;
  }

  #begin(): void {
    this.#isWarm = true;
    this.#began = this.#options.warmUp;
    this.#stepsBefore = this.engine.steps;
    this.#tally.end(this.#began);
    this.#tally.begin(this.#began);
    this.#firstHalf = 0;
  }

  #isFinished(): boolean {
    const { length } = this.#options;
    return this.#isWarm && "pieces" in length && this.#tally.counts[0]! >= length.pieces;
  }

  result(): Replication {
    const { length } = this.#options;
    const isOver = "ns" in length ? this.engine.next > this.#end : this.#isFinished();
    const end = "ns" in length ? this.#end : this.engine.now;
    this.#tally.end(end);
    const ns = end - this.#began;
    const [work = 0, ...counts] = this.#tally.counts;
    return {
      steps: this.engine.steps - this.#stepsBefore,
      ns,
      stopped: !isOver || this.engine.next === Infinity,
      work,
      workInFirstHalf: this.#firstHalf,
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
