/**
 * The graph of a complete search with the action of each transition. A search keeps only where transitions lead; the
 * actions are found again, when a state is first asked for, by taking its steps in the same order as the search did.
 */
import { ModelError, type FairnessClass, type System } from "../system.ts";
import type { BreadthFirst } from "./breadth-first.ts";
import type { Instance } from "./instances.ts";

/** Fairness classes are kept as bits of one word. */
const MOST_CLASSES = 32;

export class LabelledGraph {
  readonly search: BreadthFirst;
  readonly targets: Int32Array;
  /** The transitions of state s are those from `offsets[s]` to before `offsets[s + 1]`. */
  readonly offsets: Int32Array;
  /** Steps from the initial state, by state. */
  readonly depths: Int32Array;
  /** The number of the action plus 1, by transition; 0 is not yet known. */
  readonly #labels: Int32Array;
  readonly #unpacked: Int32Array<ArrayBuffer>;

  constructor(search: BreadthFirst) {
    const { graph, store } = search;
    if (!graph || !search.complete)
      throw new ModelError("What leads to what can only be told from a complete search that kept its graph.");
    this.search = search;
    this.targets = graph.targets;
    this.offsets = new Int32Array(store.count + 1);
    this.depths = new Int32Array(store.count);
    for (let state = 0; state < store.count; state++) {
      this.offsets[state + 1] = this.offsets[state]! + graph.degrees[state]!;
      if (state > 0) this.depths[state] = this.depths[store.parents[state]!]! + 1;
    }
    this.#labels = new Int32Array(graph.transitions);
    this.#unpacked = new Int32Array(search.core.slots);
  }

  /** The number of the action of a transition of the state. */
  actionOf(state: number, transition: number): number {
    if (this.#labels[transition] === 0) this.#label(state);
    return this.#labels[transition]! - 1;
  }

  #label(state: number): void {
    const { core } = this.search;
    const { vector } = core;
    vector.set(this.search.vectorOf(state, this.#unpacked));
    let at = this.offsets[state]!;
    const took = (action: number): void => {
      this.#labels[at++] = action + 1;
    };
    for (let slot = 0; slot < core.componentCount; slot++) {
      const choices = core.choices(slot, vector[slot]!);
      for (let k = 0; k < choices.length; k += 2) {
        if (core.quietNext(choices[k + 1]!) < 0) {
          if (!core.takeChoice(slot, choices[k + 1]!)) continue;
          core.undo();
        }
        took(choices[k]!);
      }
    }
    for (let slot = core.componentCount; slot < core.slots; slot++) {
      if (vector[slot] === 0 || !core.takeDelivery(slot)) continue;
      core.undo();
      took(core.actionOfDelivery(slot));
    }
    if (at !== this.offsets[state + 1]!) throw new ModelError("A state has other steps than when it was searched.");
  }
}

/** The classes that a property assumes, as bits: by action of the universe, and which of them are weak or strong. */
export interface Assumed {
  readonly classes: readonly FairnessClass[];
  readonly ofAction: Int32Array;
  readonly weak: number;
  readonly strong: number;
}

/** The classes that the property of the instance assumes of the system. */
export function classesFor(
  { fairness = {}, name }: Pick<System, "fairness" | "name">,
  { property }: Instance,
): readonly FairnessClass[] {
  const assumes = property.assumes ?? [];
  const missing = assumes.find((group) => !Object.hasOwn(fairness, group));
  if (missing !== undefined)
    throw new ModelError(`${property.id} assumes that "${missing}" is fair; "${name}" has no such group.`);
  return assumes.flatMap((group) => fairness[group]!);
}

export function assumedBy({ search }: LabelledGraph, instance: Instance): Assumed {
  const { system } = search;
  const classes = classesFor(system, instance);
  if (classes.length > MOST_CLASSES)
    throw new ModelError(`${instance.property.id} assumes ${classes.length} classes; ${MOST_CLASSES} can be kept.`);
  const bitsOf = (belongs: (one: FairnessClass) => boolean): number =>
    classes.reduce((bits, one, k) => (belongs(one) ? bits | (1 << k) : bits), 0);
  return {
    classes,
    ofAction: Int32Array.from(system.actions, (action) => bitsOf((one) => one.actions(action))),
    weak: bitsOf(({ kind }) => kind === "weak"),
    strong: bitsOf(({ kind }) => kind === "strong"),
  };
}
