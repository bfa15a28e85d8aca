/**
 * Uniformization: the chain takes a step at the ticks of one clock that is as fast as its fastest state, or stays. What is
 * asked of a time is then the average of what is asked after each number of ticks.
 */
import { ModelError } from "../system.ts";
import type { Lasting } from "./instant.ts";
import { average, farthest } from "./poisson.ts";
import type { Slices } from "./slices.ts";

/** Multiplications that one question may take. */
const MOST_WORK = 5e9;
/** Multiplications between two looks at an interrupt. */
const SLICE = 2e7;

export class Uniform {
  /** Ticks per ns. */
  readonly speed: number;
  readonly #rows: Lasting;
  #now: Float64Array;
  #then: Float64Array;
  /** What has left the chain, after each tick. */
  readonly left: number[] = [];
  readonly #of: readonly { readonly perState: Float64Array; readonly after: number[] }[];
  readonly #most: number;

  /** @param of Numbers by state, of which the average over the states is asked. */
  constructor(rows: Lasting, start: Float64Array, left: number, of: readonly Float64Array[] = [], most = MOST_WORK) {
    this.#rows = rows;
    this.speed = rows.holds.reduce((most, hold) => Math.max(most, 1 / hold), 0);
    this.#now = start;
    this.#then = new Float64Array(rows.count);
    this.left.push(left);
    this.#of = of.map((perState) => ({ perState, after: [] }));
    this.#most = most;
    this.#tell();
  }

  #tell(): void {
    for (const { perState, after } of this.#of) {
      let sum = 0;
      for (let state = 0; state < perState.length; state++) sum += perState[state]! * this.#now[state]!;
      after.push(sum);
    }
  }

  /** Goes on to so many ticks. @throws ModelError where that would take too long */
  *to(ticks: number): Slices<void> {
    const { offsets, targets, values, holds, count } = this.#rows;
    if ((ticks - this.left.length) * (targets.length + count) > this.#most)
      throw new ModelError(
        `${ticks.toExponential(1)} ticks of ${targets.length} transitions are too many: the times lie too far apart. Simulate.`,
      );
    const often = Math.ceil(SLICE / (targets.length + count));
    while (this.left.length <= ticks) {
      const done = this.left.length;
      if (done % often === 0) yield { unit: "ticks", done, share: done / ticks };
      const [now, then] = [this.#now, this.#then];
      let left = this.left.at(-1)!;
      then.fill(0);
      for (let state = 0; state < count; state++) {
        const here = now[state]!;
        if (here === 0) continue;
        const goes = here / (holds[state]! * this.speed);
        then[state]! += here - goes;
        for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
          if (targets[edge]! < 0) left += goes * values[edge]!;
          else then[targets[edge]!]! += goes * values[edge]!;
      }
      [this.#now, this.#then] = [then, now];
      this.left.push(left);
      this.#tell();
    }
  }

  /** The average of the numbers after this time. */
  *at(time: number, number: number): Slices<number> {
    const mean = time * this.speed;
    yield* this.to(farthest(mean));
    return average(mean, this.#of[number]!.after, 0);
  }

  /** What has gathered of it until then: its integral over the time. */
  *until(time: number, number: number): Slices<number> {
    const mean = time * this.speed;
    yield* this.to(farthest(mean));
    return average(mean, this.#of[number]!.after, 0, { tail: true }) / this.speed;
  }

  /** How probably the chain has been left by then. */
  *leftBy(time: number): Slices<number> {
    const mean = time * this.speed;
    yield* this.to(farthest(mean));
    return average(mean, this.left, this.left.at(-1)!);
  }
}
