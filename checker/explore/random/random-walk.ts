/**
 * One walk over the fast core, led by a tape: a list of actions (by their number in the fixed universe) of which those
 * that cannot be taken are skipped. An entry names the same action wherever it stands, so that deleting an entry deletes
 * a step and leaves the meaning of all others alone.
 */
import type { Core } from "../../kernel/core.ts";
import { ModelError } from "../../system.ts";
import { forbidsDeadlock } from "../claims/deadlock.ts";
import type { Instance } from "../claims/instances.ts";
import type { Judge } from "../claims/judge.ts";

/** Numbers of actions, in the order of `system.actions`. */
export type Tape = readonly number[];

/** Why a walk ended before its tape: a violated property, a state without a step, or a mistake in the model. */
export type Failure =
  | { readonly kind: "violation"; readonly instance: Instance }
  | { readonly kind: "deadlock" }
  | { readonly kind: "mistake"; readonly error: ModelError };

export interface Walk {
  /** The entries that were taken, in order: a path from the initial state. For a mistake, the last one is the step that made it. */
  readonly taken: Tape;
  readonly failure: Failure | undefined;
}

/** What the failure is about: the id of a property, or one of two fixed names. */
export const subjectOf = (failure: Failure): string => {
  switch (failure.kind) {
    case "violation":
      return failure.instance.property.id;
    case "deadlock":
      return "DEADLOCK";
    case "mistake":
      return "MISTAKE";
    default:
      return failure satisfies never;
  }
};

/** Slot of each action of the universe, so that a walk does not look at names. */
export function slotsOfActions(core: Core): Int32Array {
  return Int32Array.from(core.system.actions, (action) =>
    core.slotOf(action.kind === "event" ? action.component : action.channel),
  );
}

/** Takes the action if it can be taken; a mistake in the model leaves the vector as it was. */
export function tryAction(core: Core, slots: Int32Array, action: number): boolean {
  const slot = slots[action]!;
  try {
    return slot < core.componentCount ? core.takeEvent(slot, action) : core.takeDelivery(slot);
  } catch (error) {
    core.undo();
    throw error;
  }
}

/** The first action that can be taken in the state of the core, or -1; the state stays as it is. */
export function firstPossible(core: Core, slots: Int32Array): number {
  for (let action = 0; action < slots.length; action++) {
    if (!tryAction(core, slots, action)) continue;
    core.undo();
    return action;
  }
  return -1;
}

/** A bit (slot mod 32) for each slot that the last step changed, as the judge wants it. */
function touchedMask(core: Core): number {
  let mask = 0;
  for (let k = 0; k < core.touchedCount; k++) mask |= 1 << (core.touched[k]! & 31);
  return mask;
}

/**
 * Walks from the initial state until the tape ends or something fails that `counts` (default: everything does; deadlock
 * only where the system forbids it). States are judged while they are passed.
 */
export function runTape(core: Core, judge: Judge, tape: Tape, counts: (subject: string) => boolean = () => true): Walk {
  const slots = slotsOfActions(core);
  const taken: number[] = [];
  const violation = (): Failure | undefined => {
    const instance = judge.violated(core.vector).find(({ property }) => counts(property.id));
    return instance && { kind: "violation", instance };
  };
  let trying = -1;
  try {
    core.vector.set(core.initial);
    if (judge.look(core.vector, -1, 0)) {
      const failure = violation();
      if (failure) return { taken, failure };
    }
    for (const action of tape) {
      trying = action;
      if (!tryAction(core, slots, action)) continue;
      taken.push(action);
      if (!judge.look(core.vector, touchedMask(core), taken.length)) continue;
      const failure = violation();
      if (failure) return { taken, failure };
    }
    // A state without a step is never left, so it is enough to look for one at the end.
    if (forbidsDeadlock(core.system) && counts("DEADLOCK")) {
      trying = -1;
      if (firstPossible(core, slots) < 0) return { taken, failure: { kind: "deadlock" } };
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    // A mistake met while looking for a deadlock belongs to a step that the tape did not ask for.
    if (trying < 0) return { taken, failure: undefined };
    return counts("MISTAKE")
      ? { taken: [...taken, trying], failure: { kind: "mistake", error } }
      : { taken, failure: undefined };
  }
  return { taken, failure: undefined };
}
