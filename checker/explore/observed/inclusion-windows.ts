/** Which windows are open while observations are demanded one after the other, and which free values are still asked for. */
import type { Lines } from "./inclusion-lines.ts";
import { freeIn } from "./observed.ts";

export class Windows {
  readonly #lines: Lines;
  /** Observations whose windows are open now, and how many of the openings that were. */
  readonly #open = new Set<number>();
  #opened = 0;
  /** By lane: how many of its observations were demanded. */
  readonly #demanded = new Map<string, number>();
  /** By free value: how many observations that name it were not demanded yet. */
  readonly #uses = new Map<string, number>();

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  get open(): ReadonlySet<number> {
    return this.#open;
  }

  demandedOf(lane: string): number {
    return this.#demanded.get(lane) ?? 0;
  }

  isUsed(free: string): boolean {
    return this.#uses.get(free)! > 0;
  }

  /** As if the first `position` observations had been demanded, and no other. */
  goTo(position: number): void {
    const { observed, demands } = this.#lines;
    this.#demanded.clear();
    this.#uses.clear();
    this.#open.clear();
    this.#opened = 0;
    for (const { shows } of observed)
      for (const free of freeIn(shows)) this.#uses.set(free, (this.#uses.get(free) ?? 0) + 1);
    for (const index of demands.slice(0, position)) {
      this.openUntil(observed[index]!.closes);
      this.settle(index);
    }
  }

  /** Windows that open before the moment are open. */
  openUntil(moment: number): void {
    const { observed, openings } = this.#lines;
    while (this.#opened < openings.length) {
      const index = openings[this.#opened]!;
      if (observed[index]!.opens >= moment) return;
      this.#open.add(index);
      this.#opened += 1;
    }
  }

  /** The observation was demanded. */
  settle(index: number): void {
    const { lane, shows } = this.#lines.observed[index]!;
    for (const free of freeIn(shows)) this.#uses.set(free, this.#uses.get(free)! - 1);
    this.#demanded.set(lane, this.demandedOf(lane) + 1);
    this.#open.delete(index);
  }
}
