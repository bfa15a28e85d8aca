/**
 * A plan: in which order a run may have done some of its things. It guides a walk, which waits for the lane whose turn it is.
 * What is not in the plan, or was passed over, has no turn.
 */
import type { Turn } from "./inclusion-world.ts";

/** By chain: how many of its turns have passed. */
export type Passed = ReadonlyMap<string, number>;

export interface Due {
  readonly chain: string;
  readonly count: number;
}

export const NOTHING_PASSED: Passed = new Map();

export class Plan {
  readonly #chains = new Map<string, Turn[]>();
  /** By name: the last place in its chain. */
  readonly #last = new Map<string, { readonly turn: Turn; readonly place: number }>();

  constructor(turns: readonly Turn[]) {
    for (const turn of turns) {
      const chain = this.#chains.get(turn.chain) ?? [];
      this.#chains.set(turn.chain, chain);
      this.#last.set(turn.name, { turn, place: chain.push(turn) - 1 });
    }
  }

  /** Those of the names that are in the plan. */
  known(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.#last.has(name));
  }

  /** What has to pass before one of the named things; undefined: it is their turn, or they have none. */
  missing(names: readonly string[], passed: Passed): Due | undefined {
    for (const name of names) {
      const due = this.#missing(name, passed);
      if (due) return due;
    }
    return undefined;
  }

  #missing(name: string, passed: Passed): Due | undefined {
    const last = this.#last.get(name);
    if (!last) return undefined;
    const { chain } = last.turn;
    const now = passed.get(chain) ?? 0;
    if (last.place < now) return undefined;
    const turn = this.#chains.get(chain)![now]!;
    if (turn.name !== name) return { chain, count: now + 1 };
    for (const [other, count] of turn.after) if ((passed.get(other) ?? 0) < count) return { chain: other, count };
    return undefined;
  }

  /** The lane whose turn comes next in the chain. */
  laneOf(chain: string, passed: Passed): string | undefined {
    return this.#chains.get(chain)?.[passed.get(chain) ?? 0]?.lane;
  }

  /** After the named things. */
  after(names: readonly string[], passed: Passed): Passed {
    let changed: Map<string, number> | undefined;
    for (const name of names) {
      const last = this.#last.get(name);
      if (!last) continue;
      const { chain } = last.turn;
      const now = (changed ?? passed).get(chain) ?? 0;
      if (this.#chains.get(chain)![now]?.name !== name) continue;
      changed = (changed ?? new Map(passed)).set(chain, now + 1);
    }
    return changed ?? passed;
  }
}
