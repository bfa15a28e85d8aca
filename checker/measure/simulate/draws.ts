/** Random numbers of a simulation: a stream for each replication, and times with the distributions of costs. */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { JumpableRandomGenerator } from "pure-rand/types/JumpableRandomGenerator";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import type { Distribution } from "../cost.ts";

/** How the streams are made: part of what a record says. */
export const GENERATOR = "xoroshiro128+ of pure-rand; each replication has 2^64 numbers of one sequence for itself";

/** What a simulation asks for. */
export interface Draws {
  /** At least 0 and below 1. */
  readonly uniform: () => number;
}

/** The streams of a seed, one after the other. */
export function* streamsOf(seed: number): Generator<Draws> {
  const generator: JumpableRandomGenerator = xoroshiro128plus(seed);
  for (;;) {
    const own = generator.clone();
    yield { uniform: () => uniformFloat64(own) };
    generator.jump();
  }
}

/** The stream of one replication, from 0: the same that `streamsOf` gives at its place. */
export function streamOf(seed: number, replication: number): Draws {
  const generator: JumpableRandomGenerator = xoroshiro128plus(seed);
  for (let jumps = 0; jumps < replication; jumps++) generator.jump();
  return { uniform: () => uniformFloat64(generator) };
}

/** A time in nanoseconds; of `times` that go on side by side, the first that ends. */
export function timeOf(cost: Distribution, times: number, draws: Draws): number {
  switch (cost.distribution) {
    case "fixed":
      return cost.mean;
    case "exponential":
      // 1 - u lies in (0, 1].
      return (-Math.log(1 - draws.uniform()) * cost.mean) / times;
    case "lognormal": {
      const spread = Math.log(1 + cost.variation ** 2);
      return Math.exp(Math.log(cost.mean) - spread / 2 + Math.sqrt(spread) * normal(draws));
    }
    case "empirical":
      return cost.values[Math.floor(draws.uniform() * cost.values.length)]!;
    default:
      return cost satisfies never;
  }
}

/** Box and Muller: with mean 0 and standard deviation 1. */
const normal = (draws: Draws): number =>
  Math.sqrt(-2 * Math.log(1 - draws.uniform())) * Math.cos(2 * Math.PI * draws.uniform());

/** Where the weights of the first `count` lead with a draw: the place of one of them, in proportion to its weight. */
export function chosenFrom(from: readonly { readonly weight: number }[], count: number, draws: Draws): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += from[k]!.weight;
  let rest = draws.uniform() * total;
  for (let k = 0; k < count - 1; k++) {
    rest -= from[k]!.weight;
    if (rest < 0) return k;
  }
  return count - 1;
}
