/** How many states a system has, found out by a search that judges nothing: to see soon that there are too many. */
import { startExhaustive } from "../explore/exhaustive.ts";
import type { BreadthFirst } from "../explore/search/breadth-first.ts";
import { ModelError, type System } from "../system.ts";

/** States that are expanded before it is asked how many there are. */
const SLICE = 1 << 10;

/** The states of one system, counted as far as it was asked. A mistake of the model ends the count. */
export class Counted {
  readonly #system: System;
  #search: BreadthFirst | undefined;
  #count = 0;
  #isOver = false;

  constructor(system: System) {
    this.#system = { ...system, properties: [] };
  }

  /** Whether there are more states than that. */
  exceeds(most: number): boolean {
    while (!this.#isOver && this.#count <= most) this.#goOn();
    return this.#count > most;
  }

  #goOn(): void {
    try {
      this.#search ??= startExhaustive(this.#system, { symmetry: false });
      this.#isOver = !this.#search.advance(SLICE);
      this.#count = this.#search.store.count;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      this.#isOver = true;
    }
  }
}
