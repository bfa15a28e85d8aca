/**
 * The states that were met, each with its number, cell after cell in one array. A state is found by a sum over its cells: the
 * table has its number at the place of the sum, or at the next free one.
 */
import type { State } from "./state.ts";

/** States that an empty table has room for; a power of two. */
const FIRST = 1 << 10;

export class Visited {
  /** Cells of a state. */
  readonly width: number;
  #count = 0;
  #cells: Uint16Array;
  /** By place: one more than the number of a state, or 0. Never more than half full. */
  #table = new Int32Array(2 * FIRST);

  constructor(width: number) {
    this.width = width;
    this.#cells = new Uint16Array(width * FIRST);
  }

  get count(): number {
    return this.#count;
  }

  /** What the state has in the place. */
  at(number: number, place: number): number {
    return this.#cells[number * this.width + place]!;
  }

  get(number: number): State {
    const state: number[] = [];
    for (let place = 0; place < this.width; place++) state.push(this.at(number, place));
    return state;
  }

  numberOf(state: State): number | undefined {
    const number = this.#table[this.#placeOf(state)]! - 1;
    return number < 0 ? undefined : number;
  }

  /** The number of the state, which is the count of the others when it is new. */
  add(state: State): number {
    const place = this.#placeOf(state);
    const known = this.#table[place]!;
    if (known > 0) return known - 1;
    if (this.#count * 2 === this.#table.length) {
      this.#grow();
      return this.add(state);
    }
    this.#cells.set(state, this.#count * this.width);
    this.#table[place] = ++this.#count;
    return this.#count - 1;
  }

  /** Where the state is, or where it would be. */
  #placeOf(state: State): number {
    const last = this.#table.length - 1;
    let place = this.#sumOf(state) & last;
    for (;;) {
      const known = this.#table[place]!;
      if (known === 0 || this.#is(known - 1, state)) return place;
      place = (place + 1) & last;
    }
  }

  #sumOf(state: State): number {
    let sum = 0;
    for (let place = 0; place < this.width; place++) {
      sum = Math.imul(sum ^ state[place]!, 0x9e3779b1);
      sum ^= sum >>> 15;
    }
    return sum;
  }

  #is(number: number, state: State): boolean {
    const from = number * this.width;
    for (let place = 0; place < this.width; place++) if (this.#cells[from + place] !== state[place]) return false;
    return true;
  }

  #grow(): void {
    const cells = new Uint16Array(2 * this.#cells.length);
    cells.set(this.#cells);
    this.#cells = cells;
    this.#table = new Int32Array(2 * this.#table.length);
    for (let number = 0; number < this.#count; number++) this.#table[this.#placeOf(this.get(number))] = number + 1;
  }
}
