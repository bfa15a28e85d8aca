/** Many times in little room: by powers of two, each in 64 parts, so that a percentile is at most 1.6 % too high. */

const PARTS = 64;
/** Relative to the value: how much too high a percentile may be. */
export const RESOLUTION = 1 / PARTS;

export class Histogram {
  readonly #counts = new Map<number, number>();
  count = 0;
  sum = 0;
  most = 0;

  add(value: number): void {
    const part = partOf(value);
    this.#counts.set(part, (this.#counts.get(part) ?? 0) + 1);
    this.count++;
    this.sum += value;
    this.most = Math.max(this.most, value);
  }

  /** Nothing of the values is above it but for `1 - share` of them; undefined without values. */
  percentile(share: number): number | undefined {
    let left = Math.ceil(share * this.count);
    if (this.count === 0) return undefined;
    for (const [part, count] of [...this.#counts].sort(([one], [other]) => one - other)) {
      left -= count;
      if (left <= 0) return Math.min(this.most, topOf(part));
    }
    return this.most;
  }
}

/** Values below 1 are in the first part. */
function partOf(value: number): number {
  if (value < 1) return 0;
  const power = Math.floor(Math.log2(value));
  return 1 + power * PARTS + Math.floor((value / 2 ** power - 1) * PARTS);
}

function topOf(part: number): number {
  if (part === 0) return 1;
  const power = Math.floor((part - 1) / PARTS);
  return 2 ** power * (1 + (((part - 1) % PARTS) + 1) / PARTS);
}
