/**
 * "Whenever `when` holds, `eventually` holds then or later, on every fair run." It is broken when a run can owe something
 * and from then on stay, without paying, in a strongly connected set of states where it is fair: each class of steps that
 * is assumed takes a step inside of the set, or is impossible somewhere in it (weak) or everywhere in it (strong). One
 * state is such a set too, since a run may stop there. A step that changes nothing is none. With `provided`, only runs
 * count all of whose states satisfy it.
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

type Test = (state: number) => boolean;

/** What a promise says of a state. */
export interface Promised {
  readonly when: Test;
  readonly pays: Test;
  /** Of some runs only: those in which it is true all the time. */
  readonly provided: Test | undefined;
}

/** All states that can be reached from some of these through states that pass the test, those themselves included. */
function reachable({ states, offsets, targets }: Explored, from: Iterable<number>, passes: Test): number[] {
  const isMet = new Uint8Array(states.count);
  const met: number[] = [];
  const meet = (state: number): void => {
    if (isMet[state] === 1 || !passes(state)) return;
    isMet[state] = 1;
    met.push(state);
  };
  for (const state of from) meet(state);
  for (const state of met) for (let e = offsets[state]!; e < offsets[state + 1]!; e++) meet(targets[e]!);
  return met;
}

/** The states of runs that owe something, from where they begin to owe it to before they pay. */
export function owing(explored: Explored, { when, pays, provided }: Promised): readonly number[] {
  if (provided)
    return reachable(
      explored,
      reachable(explored, [0], provided).filter(when),
      (state) => provided(state) && !pays(state),
    );
  const begins: number[] = [];
  for (let state = 0; state < explored.states.count; state++) if (when(state)) begins.push(state);
  return reachable(explored, begins, (state) => !pays(state));
}

/** Which actions belong to the class, by number. */
const belonging = ({ steps }: Explored, { actions }: FairnessClass): readonly boolean[] =>
  steps.actions.map((action) => actions(action));

/** By class: the states in which a step of it changes something; they are looked for once for all promises. */
export class Possible {
  readonly #explored: Explored;
  readonly #known = new Map<FairnessClass, Uint8Array>();

  constructor(explored: Explored) {
    this.#explored = explored;
  }

  /** By state: 1 where a step of the class changes something. */
  of(one: FairnessClass): Uint8Array {
    let found = this.#known.get(one);
    if (!found) this.#known.set(one, (found = this.#look(one)));
    return found;
  }

  #look(one: FairnessClass): Uint8Array {
    const { states, offsets, targets, labels } = this.#explored;
    const belongs = belonging(this.#explored, one);
    const found = new Uint8Array(states.count);
    for (let state = 0; state < states.count; state++)
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
        if (targets[edge] !== state && belongs[labels[edge]!]!) {
          found[state] = 1;
          break;
        }
    return found;
  }
}

/** Whether some fair run breaks a promise of which these are the states that owe something. */
export function isBroken(
  explored: Explored,
  classes: readonly FairnessClass[],
  owed: readonly number[],
  known: Possible,
): boolean {
  if (owed.length === 0) return false;
  const { states, offsets, targets, labels } = explored;
  const belongs = classes.map((one) => belonging(explored, one));
  const possible = classes.map((one) => known.of(one));
  /** By state: the last of the sets that it was in. */
  const setOf = new Int32Array(states.count);
  /** Whether a step of the class changes the state, and stays in the set. */
  const staysIn = (state: number, c: number, inside: number): boolean => {
    if (possible[c]![state] === 0) return false;
    const isOfClass = belongs[c]!;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      if (isOfClass[labels[edge]!]! && target !== state && setOf[target] === inside) return true;
    }
    return false;
  };

  const stays = (set: readonly number[], c: number, inside: number) => set.some((state) => staysIn(state, c, inside));
  const isSomewhere = (set: readonly number[], c: number) => set.some((state) => possible[c]![state] === 1);
  const isEverywhere = (set: readonly number[], c: number) => set.every((state) => possible[c]![state] === 1);
  const [weak, strong] = (["weak", "strong"] as const).map((kind) =>
    [...classes.keys()].filter((c) => classes[c]!.kind === kind),
  );

  let sets = 0;
  const work = [owed];
  for (let part = work.pop(); part; part = work.pop()) {
    for (const set of stronglyConnected(explored, part)) {
      const own = ++sets;
      for (const state of set) setOf[state] = own;
      if (weak!.some((c) => isEverywhere(set, c) && !stays(set, c, own))) continue;
      const unfair = strong!.filter((c) => isSomewhere(set, c) && !stays(set, c, own));
      if (unfair.length === 0) return true;
      // A run may still stay where the strong classes that take no step inside cannot take any.
      const rest = set.filter((state) => unfair.every((c) => possible[c]![state] === 0));
      if (rest.length > 0) work.push(rest);
    }
  }
  return false;
}
