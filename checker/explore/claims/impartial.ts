/**
 * What is claimed may not tell apart what a search exchanges. A predicate that is asked of a state is also asked of all
 * exchanged ones, over the same slots: what it reads of them counts as read too.
 */
import type { Instance, Source } from "./instances.ts";
import { PredicateError } from "./predicate.ts";
import type { Reads } from "./reads.ts";
import { UnsoundSymmetry } from "../symmetry/unsound.ts";

/** The answer of the predicate. Throws UnsoundSymmetry when it is another one with the values exchanged. */
export function impartially<T>(reads: Reads, instance: Instance, ask: (instance: Instance, source: Source) => T): T {
  const answer = asked(reads, 0, instance, ask);
  for (const [exchange, { permutations, instance: exchanged }] of reads.held.orbits?.exchanges.entries() ?? []) {
    if (exchange > 0 && asked(reads, exchange, exchanged(instance), ask) !== answer)
      throw new UnsoundSymmetry(
        `${instance.property.id} answers otherwise with ${JSON.stringify(permutations)} exchanged`,
      );
  }
  return answer;
}

/** What fails is asked once more of what a report shows, and not of watched copies. */
function asked<T>(
  reads: Reads,
  exchange: number,
  instance: Instance,
  ask: (instance: Instance, source: Source) => T,
): T {
  try {
    return ask(instance, reads.source(exchange));
  } catch (error) {
    if (!(error instanceof PredicateError)) throw error;
    return ask(instance, reads.whole(exchange, instance.slots));
  }
}
