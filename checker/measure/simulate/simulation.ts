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
import type { Engine } from "./engine.ts";
import { recordOf, type SimulationRecord } from "./record.ts";
import { engineFor, Replicating } from "./replicating.ts";

/** @throws ModelError for rates, questions and options that make no sense, with the nearest names */
export function checkSimulation(system: System, rates: Rates, questions: Questions, options: SimulationOptions): void {
  checkRates(system, rates);
  for (const one of [questions.work, ...(questions.counted ?? [])]) checkCounted(system, one);
  checkQuestions(system, questions, options);
}

export class Simulation {
  readonly system: System;
  readonly rates: Rates;
  readonly questions: Questions;
  readonly options: SimulationOptions;
  readonly done: Replication[] = [];
  readonly #streams: Generator<Draws>;
  readonly #engine: Engine;
  #current: Replicating | undefined;

  /** @throws ModelError for rates, questions and options that make no sense, with the nearest names */
  constructor(system: System, rates: Rates, questions: Questions, options: SimulationOptions, streams = streamsOf) {
    checkSimulation(system, rates, questions, options);
    this.system = system;
    this.rates = rates;
    this.questions = questions;
    this.options = options;
    this.#streams = streams(options.seed);
    this.#engine = engineFor(system, rates, questions);
  }

  /** Takes up to so many steps; false when all replications are done. */
  advance(steps: number): boolean {
    for (let left = steps; left > 0 && this.done.length < this.options.replications;) {
      this.#current ??= new Replicating(
        this.#engine,
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
