/** What a program that imports the checker may have mistyped, and what TypeScript does not see where it is not asked. */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { nearestOf } from "./nearest.ts";
import { ModelError, type Component } from "./wiring.ts";

/** All that some state of the machine names in its `on`. */
function namedEvents(node: AnyStateNode): readonly string[] {
  return [...node.transitions.keys(), ...Object.values(node.states).flatMap(namedEvents)];
}

/**
 * An event that no state names never happens, and claims about what follows it would hold of nothing.
 *
 * @throws ModelError
 */
export function checkEvents(components: { readonly [name: string]: Component }): void {
  for (const [name, { machine, events = [] }] of Object.entries(components)) {
    const root = (machine as Partial<AnyStateMachine> | undefined)?.root;
    if (root === undefined) continue;
    const named = [...new Set(namedEvents(root))];
    if (named.some((descriptor) => descriptor.includes("*"))) continue;
    for (const { type } of events)
      if (!named.includes(type))
        throw new ModelError(
          `"${name}" lists the event "${type}", which no state of machine "${machine.id}" handles.${nearestOf(String(type), named)}`,
        );
  }
}

const STOPS: readonly string[] = ["first", "each"];

/** @throws RangeError */
export function checkStop(stopAt: string | undefined): void {
  if (stopAt !== undefined && !STOPS.includes(stopAt))
    throw new RangeError(`stopAt is "${stopAt}"; it must be one of ${STOPS.join(", ")}.`);
}

/** @throws RangeError: walks of no number would be none, and find nothing. */
export function checkWalk({ seed, runs }: { readonly seed: number; readonly runs: number }): void {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed is ${seed}; it must be a whole number.`);
  if (!Number.isSafeInteger(runs) || runs < 1) throw new RangeError(`runs is ${runs}; it must be at least 1.`);
}
