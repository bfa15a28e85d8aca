/**
 * The graph of a complete search with the action of each transition. A search keeps only where transitions lead; the
 * actions are found again by taking the steps of each state in the same order as the search did.
 */
import { ModelError, type FairnessClass, type System } from "../system.ts";
import type { BreadthFirst } from "./breadth-first.ts";
import { classesFor } from "./assumed-classes.ts";
import { instancesOf, type Instance } from "./instances.ts";

/** Stands for the action of a transition that changes nothing: as in TLA+, it is no step. */
export const STILL = 0xffff;
/** Fairness classes are bits of one word. */
const MOST_CLASSES = 32;

/** All classes that some property of the system assumes. */
const assumedClasses = (system: System): readonly FairnessClass[] => [
  ...new Set(instancesOf(system).flatMap((instance) => classesFor(system, instance))),
];

/** Why nothing can be told of the fair runs of the system, or undefined. */
export function tooManyClasses(system: System): string | undefined {
  const { length } = assumedClasses(system);
  return length > MOST_CLASSES
    ? `${length} fairness classes are assumed, ${MOST_CLASSES} can be told apart`
    : undefined;
}

/** Where the transitions of each state begin. */
function sums(degrees: Uint16Array, count: number): Int32Array {
  const offsets = new Int32Array(count + 1);
  for (let state = 0; state < count; state++) offsets[state + 1] = offsets[state]! + degrees[state]!;
  return offsets;
}

/** Some of the classes, as bits. */
export interface Assumed {
  readonly weak: number;
  readonly strong: number;
}

export class LabelledGraph {
  readonly search: BreadthFirst;
  readonly targets: Int32Array;
  /** The transitions of state s are those from `offsets[s]` to before `offsets[s + 1]`. */
  readonly offsets: Int32Array;
  /** The number of the action, by transition, or `STILL`. */
  readonly actions: Uint16Array;
  /** The classes of an action of the universe, as bits; none for `STILL`. */
  readonly classesOf: Int32Array;
  /** The classes of which a step is possible that changes the state, as bits, by state. */
  readonly possible: Int32Array;
  readonly #classes: readonly FairnessClass[];

  constructor(search: BreadthFirst) {
    const { graph, store, system } = search;
    if (!graph || !search.complete)
      throw new ModelError("What leads to what can only be told from a complete search that kept its graph.");
    this.search = search;
    this.targets = graph.targets;
    this.#classes = assumedClasses(system);
    this.classesOf = new Int32Array(STILL + 1);
    for (const [number, action] of system.actions.entries())
      this.classesOf[number] = this.#bitsOf((one) => one.actions(action));
    this.offsets = sums(graph.degrees, store.count);
    this.actions = new Uint16Array(graph.transitions);
    this.possible = new Int32Array(store.count);
    this.#label();
  }

  /** The classes that the property of the instance assumes. */
  assumedBy(instance: Instance): Assumed {
    const own = classesFor(this.search.system, instance);
    return {
      weak: this.#bitsOf((one) => one.kind === "weak" && own.includes(one)),
      strong: this.#bitsOf((one) => one.kind === "strong" && own.includes(one)),
    };
  }

  #bitsOf(belongs: (one: FairnessClass) => boolean): number {
    return this.#classes.reduce((bits, one, k) => (belongs(one) ? bits | (1 << k) : bits), 0);
  }

  #label(): void {
    const { search, offsets, actions, classesOf, possible } = this;
    const { core, store } = search;
    const { vector } = core;
    const unpacked = new Int32Array(core.slots);
    let at = 0;
    let classes = 0;
    const took = (action: number, changed: boolean): void => {
      actions[at++] = changed ? action : STILL;
      if (changed) classes |= classesOf[action]!;
    };
    for (let state = 0; state < store.count; state++) {
      vector.set(search.vectorOf(state, unpacked));
      classes = 0;
      for (let slot = 0; slot < core.componentCount; slot++) {
        const choices = core.choices(slot, vector[slot]!);
        for (let k = 0; k < choices.length; k += 2) {
          const quiet = core.quietNext(choices[k + 1]!);
          let changed = quiet !== vector[slot];
          if (quiet < 0) {
            if (!core.takeChoice(slot, choices[k + 1]!)) continue;
            changed = core.changed;
            core.undo();
          }
          took(choices[k]!, changed);
        }
      }
      for (let slot = core.componentCount; slot < core.slots; slot++) {
        if (vector[slot] === 0 || !core.takeDelivery(slot)) continue;
        const { changed } = core;
        core.undo();
        took(core.actionOfDelivery(slot), changed);
      }
      if (at !== offsets[state + 1]!) throw new ModelError("A state has other steps than when it was searched.");
      possible[state] = classes;
    }
  }
}
