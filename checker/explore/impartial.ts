/**
 * What is claimed may not tell apart what a search exchanges. When a predicate is asked of something new, it is also asked
 * of exchanged states: first of all of them, then of one, by another exchange each time, later of one now and then.
 */
import type { Instance, Source } from "./instances.ts";
import type { Orbits } from "./orbits.ts";
import { UnsoundSymmetry } from "./unsound.ts";

/** Questions that are asked again with every exchange, and with one; of those after them one in so many. */
const THOROUGH = 200;
const FIRST = 2_000;
const SELDOM = 16;

/** What a predicate is asked about: the slots, and how many other questions came before. */
export interface Asked {
  readonly vector: Int32Array;
  readonly turn: number;
  readonly sourceOf: (vector: Int32Array) => Source;
}

/** The answer of the predicate. Throws UnsoundSymmetry when it is another one with the values exchanged. */
export function impartially<T>(
  orbits: Orbits | undefined,
  instance: Instance,
  { vector, turn, sourceOf }: Asked,
  ask: (instance: Instance, source: Source) => T,
): T {
  const answer = ask(instance, sourceOf(vector));
  if (!orbits || (turn >= FIRST && turn % SELDOM !== 0)) return answer;
  const others = orbits.exchanges.length - 1;
  const round = turn < FIRST ? turn : turn / SELDOM;
  const [from, to] = turn < THOROUGH ? [1, others] : [1 + (round % others), 1 + (round % others)];
  for (let exchange = from; exchange <= to; exchange++) {
    const { permutations, instance: exchanged } = orbits.exchanges[exchange]!;
    if (ask(exchanged(instance), sourceOf(orbits.vectorUnder(exchange, vector))) !== answer)
      throw new UnsoundSymmetry(
        `${instance.property.id} answers otherwise with ${JSON.stringify(permutations)} exchanged`,
      );
  }
  return answer;
}
