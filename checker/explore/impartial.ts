/**
 * What is claimed may not tell apart what a search exchanges. When a predicate is asked of something new, it is also asked
 * of an exchanged state, by another exchange each time: of the first thousands always, later now and then.
 */
import { ModelError } from "../system.ts";
import { viewOf, type Instance, type Source } from "./instances.ts";
import type { Orbits } from "./orbits.ts";

/** Questions that are all asked twice; of those after them one in so many. */
const FIRST = 2_000;
const SELDOM = 16;

/** The answer of the predicate. Throws ModelError when it is another one with the values exchanged. */
export function impartially<T>(
  orbits: Orbits | undefined,
  instance: Instance,
  { vector, turn, sourceOf }: { vector: Int32Array; turn: number; sourceOf: (vector: Int32Array) => Source },
  ask: (view: Record<string, unknown>) => T,
): T {
  const answer = ask(viewOf(instance, sourceOf(vector)));
  if (!orbits || (turn >= FIRST && turn % SELDOM !== 0)) return answer;
  const round = turn < FIRST ? turn : turn / SELDOM;
  const exchange = 1 + (round % (orbits.exchanges.length - 1));
  const { permutations, instance: exchanged } = orbits.exchanges[exchange]!;
  if (ask(viewOf(exchanged(instance), sourceOf(orbits.vectorUnder(exchange, vector)))) !== answer)
    throw new ModelError(
      `${instance.property.id} tells apart what is said to be alike: it answers otherwise with ${JSON.stringify(permutations)} exchanged.`,
    );
  return answer;
}
