/** A list of whole numbers that grows in one piece of memory: there are millions of states and edges. */
export class Numbers {
  #values = new Int32Array(1 << 10);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const values = new Int32Array(2 * this.#count);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#count++] = value;
  }

  at(place: number): number {
    return this.#values[place]!;
  }

  /** All of them so far. */
  all(): Int32Array {
    return this.#values.subarray(0, this.#count);
  }
}
