/**
 * "Whenever `when` holds, `eventually` holds then or later, on every fair run." It is broken when a run can owe something
 * and from then on stay, without paying, in a strongly connected set of states where it is fair: each class of steps that
 * is assumed takes a step inside of the set, or is impossible somewhere in it (weak) or everywhere in it (strong). One
 * state is such a set too, since a run may stop there. A step that changes nothing is none.
 */
import type { FairnessClass } from "../system.ts";
import type { Claim } from "./claims.ts";
import type { Explored } from "./explore.ts";
import { Mistake } from "./state.ts";
import { stronglyConnected } from "./strongly-connected.ts";

/** The classes that the property of the claim assumes. */
export function assumedBy({ property }: Claim, { steps }: Pick<Explored, "steps">): readonly FairnessClass[] {
  return (property.assumes ?? []).flatMap((group) => {
    const classes = steps.system.fairness?.[group];
    if (!classes) throw new Mistake(`${property.id} assumes "${group}", which is no group of fairness classes.`);
    return classes;
  });
}

/** The states of runs that owe something, from where they begin to owe it to before they pay. */
function owing(explored: Explored, when: (state: number) => boolean, pays: (state: number) => boolean): number[] {
  const { states, offsets, targets } = explored;
  const isOwing = new Uint8Array(states.length);
  const found: number[] = [];
  const add = (state: number): void => {
    if (isOwing[state] === 1 || pays(state)) return;
    isOwing[state] = 1;
    found.push(state);
  };
  for (let state = 0; state < states.length; state++) if (when(state)) add(state);
  for (const state of found) for (let e = offsets[state]!; e < offsets[state + 1]!; e++) add(targets[e]!);
  return found;
}

/** Whether some fair run breaks the promise. */
export function isBroken(
  explored: Explored,
  classes: readonly FairnessClass[],
  when: (state: number) => boolean,
  pays: (state: number) => boolean,
): boolean {
  const { steps, offsets, targets, labels } = explored;
  const belongs = classes.map((one) => steps.actions.map((action) => one.actions(action)));
  const canStep = (state: number, c: number, isInside: (target: number) => boolean): boolean => {
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
      if (belongs[c]![labels[edge]!]! && targets[edge] !== state && isInside(targets[edge]!)) return true;
    return false;
  };
  const isPossible = (state: number, c: number): boolean => canStep(state, c, () => true);

  const work = [owing(explored, when, pays)];
  for (let part = work.pop(); part; part = work.pop()) {
    for (const set of stronglyConnected(explored, part)) {
      const own = new Set(set);
      const idle = classes.flatMap((_, c) => (set.some((state) => canStep(state, c, (at) => own.has(at))) ? [] : [c]));
      const isUnfair = (c: number): boolean =>
        classes[c]!.kind === "weak" ? set.every((at) => isPossible(at, c)) : set.some((at) => isPossible(at, c));
      const unfair = idle.filter(isUnfair);
      if (unfair.length === 0) return true;
      if (unfair.some((c) => classes[c]!.kind === "weak")) continue;
      // A run may still stay where the strong classes that take no step inside cannot take any.
      const rest = set.filter((state) => unfair.every((c) => !isPossible(state, c)));
      if (rest.length > 0) work.push(rest);
    }
  }
  return false;
}
