/** Variations of one path: with a step left out, or with two neighbours exchanged, the others are taken as before. */
import type { Action } from "../../system.ts";
import type { Instance } from "../claims/instances.ts";
import { KEPT, objectionTo } from "../paths/live-verify.ts";
import { PredicateError } from "../claims/predicate.ts";
import type { World } from "./why-world.ts";

/** What becomes of the path then; steps have the numbers that they have in the path, from 0. */
export type Variation =
  | { readonly kind: "violates" }
  /** All its steps can be taken, and the claim is not violated. */
  | { readonly kind: "avoids" }
  | { readonly kind: "impossible"; readonly step: number }
  /** It is no run any more of which the claim is made: its cycle is open or not fair. */
  | { readonly kind: "no-run"; readonly because: string }
  /** It leaves what was searched. */
  | { readonly kind: "unknown" };

export interface Varied {
  /** By step: the path without it. */
  readonly without: readonly Variation[];
  /**
   * By step k: the path with step k + 1 before step k. Absent where both are the same, and where the cycle of a run
   * without an end begins between them.
   */
  readonly swapped: readonly (Variation | undefined)[];
}

/** A path of numbers of actions; `loop`: where the cycle of a run without an end begins. */
export interface Path {
  readonly actions: readonly number[];
  readonly loop?: number;
}

const withoutStep = (length: number, step: number): readonly number[] =>
  Array.from({ length }, (_, k) => k).filter((k) => k !== step);

function exchanged(length: number, step: number): readonly number[] {
  const order = Array.from({ length }, (_, k) => k);
  [order[step], order[step + 1]] = [step + 1, step];
  return order;
}

export function variationsOf(world: World, path: Path): Varied {
  const { length } = path.actions;
  const { loop } = path;
  const varying = new Varying(world, path);
  return {
    without: path.actions.map((_, k) =>
      varying.tried(withoutStep(length, k), loop === undefined ? undefined : loop - Number(k < loop)),
    ),
    swapped: path.actions
      .slice(1)
      .map((_, k) =>
        loop === k + 1 || varying.isSame(k, k + 1) ? undefined : varying.tried(exchanged(length, k), loop),
      ),
  };
}

class Varying {
  readonly #world: World;
  readonly #actions: readonly number[];
  /** By step: what it is. */
  readonly #labels: readonly number[];

  constructor(world: World, { actions }: Path) {
    const states = world.along(actions);
    this.#world = world;
    this.#actions = actions;
    this.#labels = actions.map((action, k) => world.labels.of(states[k]!, action));
  }

  isSame(step: number, other: number): boolean {
    return this.#labels[step] === this.#labels[other];
  }

  /** The steps of the path in this order; `loop`: how many of them come before the cycle of a run without an end. */
  tried(order: readonly number[], loop?: number): Variation {
    const { bad, graph, kind, labels } = this.#world;
    let state = 0;
    for (const step of order) {
      if (bad[state] === 1) return { kind: "violates" };
      const action = this.#actions[step]!;
      const next = this.#world.next(state, action);
      if (next === "unknown") return { kind: "unknown" };
      // The action may be possible, and be another step there.
      if (next === "impossible" || labels.of(state, action) !== this.#labels[step]) return { kind: "impossible", step };
      state = next;
    }
    if (loop !== undefined) return this.#run(order, loop);
    if (bad[state] === 1) return { kind: "violates" };
    // Behind a state that was not expanded nothing is known, also not whether a step is possible there.
    return kind === "deadlock" && state >= graph.states ? { kind: "unknown" } : { kind: "avoids" };
  }

  /** The same of a run without an end: judged through XState, for each component of which it is claimed. */
  #run(order: readonly number[], loop: number): Variation {
    const { system } = this.#world.search;
    const taken: readonly Action[] = order.map((step) => system.actions[this.#actions[step]!]!);
    const said = this.#world.instances.map((instance) => saidOf(this.#world, taken, loop, instance));
    return said.find(({ kind }) => kind === "violates") ?? said.find(({ kind }) => kind !== "avoids") ?? said[0]!;
  }
}

function saidOf(
  { search: { system } }: World,
  actions: readonly Action[],
  loop: number,
  instance: Instance,
): Variation {
  try {
    const because = objectionTo(system, { actions, loop }, instance);
    if (because === undefined) return { kind: "violates" };
    return KEPT.includes(because) ? { kind: "avoids" } : { kind: "no-run", because };
  } catch (error) {
    if (error instanceof PredicateError) return { kind: "unknown" };
    throw error;
  }
}
