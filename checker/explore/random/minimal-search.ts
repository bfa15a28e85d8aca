/** A small bounded breadth-first search over the fast core, from any state to a goal. */
import type { Core } from "../../kernel/core.ts";
import { Pairs } from "../../kernel/pairs.ts";
import { ModelError } from "../../system.ts";
import type { Goal } from "./minimal-goal.ts";
import { slotsOfActions, tryAction } from "./random-walk.ts";

export type Shortest =
  | { readonly kind: "found"; readonly path: readonly number[] }
  /** All states within the depth were looked at; none is a goal. */
  | { readonly kind: "none" }
  /** More states than allowed. */
  | { readonly kind: "unknown" };

/** A shortest path of at most `maxDepth` steps from `start` to a goal. */
export function shortestTo(
  core: Core,
  start: Int32Array,
  goal: Goal,
  { maxDepth, maxStates }: { readonly maxDepth: number; readonly maxStates: number },
): Shortest {
  const { slots: width } = core;
  const slots = slotsOfActions(core);
  const levels = Array.from({ length: width }, () => new Pairs());
  const isNew = (vector: Int32Array): boolean => {
    let tuple = 0;
    for (let slot = 0; slot < width; slot++) tuple = levels[slot]!.find(tuple, vector[slot]!);
    return levels[width - 1]!.isNew;
  };
  const states: Int32Array[] = [];
  const parents: number[] = [];
  const actions: number[] = [];
  const add = (vector: Int32Array, parent: number, action: number): void => {
    states.push(Int32Array.from(vector));
    parents.push(parent);
    actions.push(action);
  };
  const found = (parent: number, last: number): Shortest => {
    const path = [last];
    for (let at = parent; parents[at]! >= 0; at = parents[at]!) path.push(actions[at]!);
    return { kind: "found", path: path.reverse() };
  };

  core.vector.set(start);
  if (goal.reached()) return { kind: "found", path: [] };
  isNew(core.vector);
  add(core.vector, -1, -1);
  let next = 0;
  for (let depth = 0; depth < maxDepth && next < states.length; depth++) {
    for (const end = states.length; next < end; next++) {
      for (let action = 0; action < slots.length; action++) {
        core.vector.set(states[next]!);
        try {
          if (!tryAction(core, slots, action)) continue;
        } catch (error) {
          if (!(error instanceof ModelError)) throw error;
          if (goal.mistake) return found(next, action);
          continue;
        }
        if (!isNew(core.vector)) continue;
        if (goal.reached()) return found(next, action);
        if (states.length >= maxStates) return { kind: "unknown" };
        add(core.vector, next, action);
      }
    }
  }
  return { kind: "none" };
}
