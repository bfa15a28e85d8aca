/** Numbers drawn from a seed, for systems that are made up: the same seed, the same numbers. */
export interface Drawing {
  /** A whole number from 0 to before the limit. */
  readonly below: (limit: number) => number;
  /** True once in so many times. */
  readonly once: (inTimes: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  /** Each one or not, in their order. */
  readonly some: <T>(from: readonly T[]) => readonly T[];
}

/** A counter, mixed (the finaliser of MurmurHash3, A. Appleby). */
export function drawing(seed: number): Drawing {
  let counter = Math.imul(seed + 1, 0x9e3779b1);
  const next = (): number => {
    counter = (counter + 0x6d2b79f5) | 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  return {
    below,
    once: (inTimes) => below(inTimes) === 0,
    pick: (from) => from[below(from.length)]!,
    some: (from) => from.filter(() => below(2) === 0),
  };
}
