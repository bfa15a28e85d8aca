/** How many states a system has, found out by a search that judges nothing: to see soon that there are too many. */
import { startExhaustive } from "../explore/exhaustive.ts";
import type { BreadthFirst } from "../explore/search/breadth-first.ts";
import { fingerprint } from "../fingerprint.ts";
import { ModelError, type System } from "../system.ts";

/** States that are expanded before it is asked how many there are. */
const SLICE = 1 << 10;

/** How far a system was counted. */
interface Count {
  readonly states: number;
  readonly isOver: boolean;
}

/**
 * By fingerprint: how far systems were counted. Systems with the same fingerprint have the same machines, and only what their
 * wiring computes may differ: this says which system is worth a comparison, and never what a comparison says.
 */
export type Counts = Map<string, Count>;

/** The states of one system, counted as far as it was asked. A mistake of the model ends the count. */
export class Counted {
  readonly #system: System;
  readonly #counts: Counts;
  #name: string | undefined;
  #search: BreadthFirst | undefined;
  #count: Count = { states: 0, isOver: false };

  /** @param counts What was counted before, and is told to those that come after. */
  constructor(system: System, counts: Counts = new Map()) {
    this.#system = { ...system, properties: [] };
    this.#counts = counts;
  }

  /** Whether there are more states than that. */
  exceeds(most: number): boolean {
    const name = (this.#name ??= fingerprint(this.#system));
    const before = this.#counts.get(name);
    if (before && (before.isOver || before.states > most)) return before.states > most;
    while (!this.#count.isOver && this.#count.states <= most) this.#goOn();
    this.#counts.set(name, this.#count);
    return this.#count.states > most;
  }

  #goOn(): void {
    const { states } = this.#count;
    try {
      this.#search ??= startExhaustive(this.#system, { symmetry: false });
      const isOver = !this.#search.advance(SLICE);
      this.#count = { states: this.#search.store.count, isOver };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      this.#count = { states, isOver: true };
    }
  }
}
