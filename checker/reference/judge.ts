/**
 * The values of predicates over all states. A claim sees a few places only, so it is asked in the first state of those that
 * are the same in these places; claims about the same places share this list.
 */
import { placesOf, viewOf, type Claim } from "./claims.ts";
import type { Explored } from "./explore.ts";
import { keyOf } from "./state.ts";

type Predicate = "holds" | "when" | "provided";

/** The states sorted by what they are in some places. */
interface Sorted {
  /** By state: the number of its kind. */
  readonly kinds: Int32Array;
  /** By kind: the first state of it. */
  readonly firsts: readonly number[];
}

function sorted({ states }: Explored, places: readonly number[]): Sorted {
  const kinds = new Int32Array(states.length);
  const firsts: number[] = [];
  const numbers = new Map<string, number>();
  for (const [number, state] of states.entries()) {
    const key = keyOf(places.map((place) => state[place]!));
    let kind = numbers.get(key);
    if (kind === undefined) {
      kind = firsts.push(number) - 1;
      numbers.set(key, kind);
    }
    kinds[number] = kind;
  }
  return { kinds, firsts };
}

export class Judge {
  readonly #explored: Explored;
  readonly #sorted = new Map<string, Sorted>();

  constructor(explored: Explored) {
    this.#explored = explored;
  }

  /** The first state, in order of discovery, in which the predicate of the claim is true, or false; or undefined. */
  first(claim: Claim, wanted: boolean): number | undefined {
    return this.#sortedFor(claim).firsts.find((state) => this.#ask(claim, state, "holds") === wanted);
  }

  /** By state: whether the predicate is true. */
  values(claim: Claim, predicate: Predicate): (state: number) => boolean {
    const { kinds, firsts } = this.#sortedFor(claim);
    const answers = firsts.map((state) => this.#ask(claim, state, predicate));
    return (state) => answers[kinds[state]!]!;
  }

  #ask(claim: Claim, state: number, predicate: Predicate): boolean {
    return claim.property[predicate]!(viewOf(claim, this.#explored, this.#explored.states[state]!));
  }

  #sortedFor(claim: Claim): Sorted {
    const places = placesOf(claim, this.#explored.steps.places);
    const key = places.join();
    let found = this.#sorted.get(key);
    if (!found) this.#sorted.set(key, (found = sorted(this.#explored, places)));
    return found;
  }
}
