/** The states that were met, each with its number: a table of numbers by a sum over the state, the next free place on a clash. */
import type { State } from "./state.ts";

/** Places of an empty table; a power of two. */
const FIRST = 1 << 10;

function sumOf(state: State): number {
  let sum = state.length;
  for (const number of state) sum = Math.imul(sum ^ number, 0x9e3779b1) ^ (sum >>> 15);
  return (sum ^ (sum >>> 13)) >>> 0;
}

function isSame(one: State, other: State): boolean {
  for (let place = 0; place < one.length; place++) if (one[place] !== other[place]) return false;
  return true;
}

export class Visited {
  /** In the order in which they came. */
  readonly states: State[] = [];
  /** By place: one more than the number of a state, or 0. */
  #table = new Int32Array(FIRST);

  numberOf(state: State): number | undefined {
    const number = this.#table[this.#placeOf(state)]! - 1;
    return number < 0 ? undefined : number;
  }

  /** The number of the state, which is new when it is the count of the states before. */
  add(state: State): number {
    const place = this.#placeOf(state);
    const known = this.#table[place]!;
    if (known > 0) return known - 1;
    this.#table[place] = this.states.push(state);
    if (this.states.length * 2 > this.#table.length) this.#grow();
    return this.states.length - 1;
  }

  /** Where the state is, or where it would be. */
  #placeOf(state: State): number {
    const last = this.#table.length - 1;
    let place = sumOf(state) & last;
    for (;;) {
      const known = this.#table[place]!;
      if (known === 0 || isSame(this.states[known - 1]!, state)) return place;
      place = (place + 1) & last;
    }
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    for (const [number, state] of this.states.entries()) this.#table[this.#placeOf(state)] = number + 1;
  }
}
