/** Pairs of small integers to dense numbers, by open addressing: how tuples of snapshots get one number. */
export class Pairs {
  /** Set by `find`: whether the pair was seen for the first time. */
  isNew = false;
  size = 0;
  #mask = 255;
  #keys = new Int32Array(512);
  #ids = new Int32Array(256).fill(-1);

  /** The number of the pair. */
  find(a: number, b: number): number {
    let at = this.#start(a, b);
    for (;;) {
      const id = this.#ids[at]!;
      if (id < 0) break;
      if (this.#keys[2 * at] === a && this.#keys[2 * at + 1] === b) {
        this.isNew = false;
        return id;
      }
      at = (at + 1) & this.#mask;
    }
    this.isNew = true;
    const id = this.size++;
    this.#keys[2 * at] = a;
    this.#keys[2 * at + 1] = b;
    this.#ids[at] = id;
    if (2 * this.size > this.#mask) this.#grow();
    return id;
  }

  #start(a: number, b: number): number {
    let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    h ^= h >>> 15;
    h = Math.imul(h, 0x2c1b3c6d);
    return (h ^ (h >>> 13)) & this.#mask;
  }

  #grow(): void {
    const keys = this.#keys;
    const ids = this.#ids;
    this.#mask = 2 * this.#mask + 1;
    this.#keys = new Int32Array(2 * (this.#mask + 1));
    this.#ids = new Int32Array(this.#mask + 1).fill(-1);
    for (let old = 0; old < ids.length; old++) {
      if (ids[old]! < 0) continue;
      let at = this.#start(keys[2 * old]!, keys[2 * old + 1]!);
      while (this.#ids[at]! >= 0) at = (at + 1) & this.#mask;
      this.#keys[2 * at] = keys[2 * old]!;
      this.#keys[2 * at + 1] = keys[2 * old + 1]!;
      this.#ids[at] = ids[old]!;
    }
  }
}
