/** Pairs of small integers to dense numbers, by open addressing: how tuples of snapshots get one number. */
export class Pairs {
  /** Set by `find`: whether the pair was seen for the first time. */
  isNew = false;
  size = 0;
  #mask = 255;
  /** Entries of four words, so that an entry lies in one cache line: first, second, number plus 1 (0: free), unused. */
  #entries = new Int32Array(4 * 256);

  /** The number of the pair. */
  find(a: number, b: number): number {
    const entries = this.#entries;
    const mask = this.#mask;
    let at = start(a, b) & mask;
    for (;;) {
      const id = entries[4 * at + 2]!;
      if (id === 0) break;
      if (entries[4 * at] === a && entries[4 * at + 1] === b) {
        this.isNew = false;
        return id - 1;
      }
      at = (at + 1) & mask;
    }
    this.isNew = true;
    entries[4 * at] = a;
    entries[4 * at + 1] = b;
    entries[4 * at + 2] = ++this.size;
    if (2 * this.size > mask) this.#grow();
    return this.size - 1;
  }

  #grow(): void {
    const old = this.#entries;
    const mask = 2 * this.#mask + 1;
    const entries = new Int32Array(4 * (mask + 1));
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 2] === 0) continue;
      let at = start(old[from]!, old[from + 1]!) & mask;
      while (entries[4 * at + 2] !== 0) at = (at + 1) & mask;
      entries.set(old.subarray(from, from + 3), 4 * at);
    }
    this.#mask = mask;
    this.#entries = entries;
  }
}

function start(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
