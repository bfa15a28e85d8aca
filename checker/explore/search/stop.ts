/** Whether a violation ends a search, or only the paths that lead to it. */

/**
 * `first`: the search ends with the first violation, when all states of that depth were found. `each`: nothing is searched
 * behind a violated state, so that each violation is found that no other comes before. Absent: the whole space.
 */
export type StopAt = "first" | "each";

export const STOPPED_AT_FIRST = "stopped at the first violation";
const STOPPED_AT_EACH = "nothing was searched behind violations";

/** Why a search that expanded all states that it found is not complete. */
export const APPROXIMATE = "approximate search";

/** Whether a search with this `stoppedBy` was ended by what it found, and not by a bound or an interrupt. */
export const isStop = (stoppedBy: string): boolean => stoppedBy === STOPPED_AT_FIRST || stoppedBy === STOPPED_AT_EACH;

export interface StopRules {
  readonly stopAt?: StopAt;
  /** Violations of these properties stop nothing; by default every violation counts. */
  readonly isExpected?: (id: string) => boolean;
}

/** Whether a violation was found, and the states behind which nothing is searched. */
export interface StopPosition {
  readonly isFound: boolean;
  readonly ends: readonly number[];
  readonly firstEnd: number;
}

export class Stop {
  readonly #rules: StopRules;
  #isFound = false;
  readonly #ends = new Set<number>();
  /** The first state behind which nothing is searched, or -1: beyond its depth a path found need not be a shortest one. */
  firstEnd = -1;

  constructor(rules: StopRules) {
    this.#rules = rules;
  }

  /** What was found, to go on with it later. */
  get position(): StopPosition {
    return { isFound: this.#isFound, ends: [...this.#ends], firstEnd: this.firstEnd };
  }

  set position({ isFound, ends, firstEnd }: StopPosition) {
    this.#isFound = isFound;
    for (const state of ends) this.#ends.add(state);
    this.firstEnd = firstEnd;
  }

  /** Says that `ids` are violated in `state`; they are asked for only while this can change anything. */
  violated(state: number, ids: () => readonly string[]): void {
    const { stopAt, isExpected = () => false } = this.#rules;
    if (stopAt === undefined || (stopAt === "first" && this.#isFound) || ids().every(isExpected)) return;
    this.#isFound = true;
    if (stopAt !== "each") return;
    this.#ends.add(state);
    if (this.firstEnd < 0) this.firstEnd = state;
  }

  /** Whether the search ends before the next depth. */
  get isOver(): boolean {
    return this.#isFound && this.#rules.stopAt === "first";
  }

  /** Whether nothing is searched behind the state. */
  endsAt(state: number): boolean {
    return this.#ends.size > 0 && this.#ends.has(state);
  }

  /** The first of these states behind which nothing is searched, or `until`. */
  firstEndIn(from: number, until: number): number {
    if (this.#ends.size === 0) return until;
    let state = from;
    while (state < until && !this.#ends.has(state)) state++;
    return state;
  }

  /** What was left out of a search that found nothing more to expand. */
  get leftOut(): string | undefined {
    return this.#ends.size > 0 ? STOPPED_AT_EACH : undefined;
  }
}
