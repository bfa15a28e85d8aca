/** What a shortened path must still reach. */
import type { Core } from "../kernel/core.ts";
import { Pairs } from "../kernel/pairs.ts";
import { ModelError } from "../system.ts";
import { viewOf, type Instance } from "./instances.ts";
import { sourceOf } from "./judge.ts";
import { firstPossible, slotsOfActions } from "./random-walk.ts";

export interface Goal {
  /** Whether the state in `core.vector` is a goal; it must leave the vector as it is. */
  readonly reached: () => boolean;
  /** The goal is a step that shows a mistake in the model. */
  readonly mistake: boolean;
}

/** One predicate, evaluated once for each distinct tuple of what it reads. */
function predicateOf(core: Core, instance: Instance): () => boolean {
  const slots = instance.slots.map((name) => core.slotOf(name));
  const levels = slots.map(() => new Pairs());
  const known: boolean[] = [];
  return () => {
    let tuple = 0;
    for (let k = 0; k < slots.length; k++) tuple = levels[k]!.find(tuple, core.vector[slots[k]!]!);
    return (known[tuple] ??= instance.property.holds(viewOf(instance, sourceOf(core, core.vector))));
  };
}

/** A state in which one of the instances is violated (`always`), or witnessed (`sometimes`). */
export function breaks(core: Core, instances: readonly Instance[]): Goal {
  const predicates = instances.map((instance) => predicateOf(core, instance));
  const wanted = instances[0]?.property.kind === "sometimes";
  return { reached: () => predicates.some((holds) => holds() === wanted), mistake: false };
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
