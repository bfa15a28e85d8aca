/**
 * The states met last, by hash. Steps that commute lead to one state by several ways, and the search takes these ways soon
 * after each other, so a third of all successors are among the last few thousand and need no look into the store.
 */
const ROWS = 1 << 13;

export class Recent {
  readonly #words: number;
  /** For each value of the low bits of a hash: the words of a state. */
  readonly rows: Int32Array;

  /** Every row starts as `known`: the words of a state that is in the store. */
  constructor(words: number, known: Int32Array) {
    this.#words = words;
    this.rows = new Int32Array(ROWS * words);
    this.rows.set(known.subarray(0, words));
    for (let filled = words; filled < this.rows.length; filled *= 2) this.rows.copyWithin(filled, 0, filled);
  }

  /** Whether the state was met lately; if not, it takes the place of another. */
  met(packed: Int32Array, at: number, hash: number): boolean {
    const words = this.#words;
    const rows = this.rows;
    const row = (hash & (ROWS - 1)) * words;
    let k = 0;
    while (k < words && rows[row + k] === packed[at + k]) k++;
    if (k === words) return true;
    for (; k < words; k++) rows[row + k] = packed[at + k]!;
    return false;
  }
}
