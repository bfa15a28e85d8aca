/**
 * The values of predicates over all states. A claim sees a few places only, so it is asked in the first state of those that
 * are the same in these places; claims about the same places share this list.
 */
import { placesOf, viewOf, type Claim } from "./claims.ts";
import type { Explored } from "./explore.ts";

type Predicate = "holds" | "when" | "provided";

/** The states sorted by what they are in some places. */
interface Sorted {
  /** By state: the number of its kind. */
  readonly kinds: Int32Array;
  /** By kind: the first state of it. */
  readonly firsts: readonly number[];
}

/** The kinds, each divided by what its states are in one more place. */
function divided({ states }: Explored, before: Sorted, place: number): Sorted {
  const kinds = new Int32Array(states.count);
  const firsts: number[] = [];
  /** By former kind and number of what is in the place: the kind. */
  const numbers: number[][] = before.firsts.map(() => []);
  for (let state = 0; state < states.count; state++) {
    const value = states.at(state, place);
    const own = numbers[before.kinds[state]!]!;
    const kind = (own[value] ??= firsts.length);
    if (kind === firsts.length) firsts.push(state);
    kinds[state] = kind;
  }
  return { kinds, firsts };
}

export class Judge {
  readonly #explored: Explored;
  /** By places, one after the other: those of a claim are divided from those of all but its last place. */
  readonly #sorted: Map<string, Sorted>;

  constructor(explored: Explored) {
    this.#explored = explored;
    this.#sorted = new Map([["", { kinds: new Int32Array(explored.states.count), firsts: [0] }]]);
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
    return claim.property[predicate]!(viewOf(claim, this.#explored, this.#explored.states.get(state)));
  }

  #sortedFor(claim: Claim): Sorted {
    return this.#sortedBy(placesOf(claim, this.#explored.steps.places));
  }

  #sortedBy(places: readonly number[]): Sorted {
    const key = places.join();
    let found = this.#sorted.get(key);
    if (!found)
      this.#sorted.set(key, (found = divided(this.#explored, this.#sortedBy(places.slice(0, -1)), places.at(-1)!)));
    return found;
  }
}
