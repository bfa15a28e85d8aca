/** What a shortened path must still reach. */
import type { Core } from "../../kernel/core.ts";
import { Pairs } from "../../kernel/pairs.ts";
import { ModelError } from "../../system.ts";
import type { Instance } from "../claims/instances.ts";
import { sourceOf } from "../claims/core-source.ts";
import { askHolds, PredicateError } from "../claims/predicate.ts";
import { firstPossible, slotsOfActions } from "./random-walk.ts";

export interface Goal {
  /** Whether the state in `core.vector` is a goal; it must leave the vector as it is. */
  readonly reached: () => boolean;
  /** The goal is a step that shows a mistake in the model. */
  readonly mistake: boolean;
}

/** One predicate, evaluated once for each distinct tuple of what it reads; what it fails on is no goal. */
function predicateOf(core: Core, instance: Instance, wanted: boolean): () => boolean {
  const answer = (): boolean => {
    try {
      return askHolds(instance, sourceOf(core, core.vector)) === wanted;
    } catch (error) {
      if (error instanceof PredicateError) return false;
      throw error;
    }
  };
  const slots = instance.slots.map((name) => core.slotOf(name));
  const levels = slots.map(() => new Pairs());
  const known: boolean[] = [];
  return () => {
    let tuple = 0;
    for (let k = 0; k < slots.length; k++) tuple = levels[k]!.find(tuple, core.vector[slots[k]!]!);
    return (known[tuple] ??= answer());
  };
}

/** A state in which one of the instances is violated (`always`), or witnessed (`sometimes`). */
export function breaks(core: Core, instances: readonly Instance[]): Goal {
  const wanted = instances[0]?.property.kind === "sometimes";
  const predicates = instances.map((instance) => predicateOf(core, instance, wanted));
  return { reached: () => predicates.some((isGoal) => isGoal()), mistake: false };
}

/** A state without a step; a step that is a mistake in the model is one. */
export function deadlocks(core: Core): Goal {
  const slots = slotsOfActions(core);
  const isStuck = (): boolean => {
    try {
      return firstPossible(core, slots) < 0;
    } catch (error) {
      if (error instanceof ModelError) return false;
      throw error;
    }
  };
  return { reached: isStuck, mistake: false };
}

/** A step that XState or the wiring refuses as a mistake in the model. */
export const mistaken: Goal = { reached: () => false, mistake: true };
