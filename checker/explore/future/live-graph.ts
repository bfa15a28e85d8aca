/** The graph of a complete search, and which classes of fair steps are possible in each state. */
import { ModelError, type FairnessClass, type System } from "../../system.ts";
import type { BreadthFirst } from "../search/breadth-first.ts";
import { classesFor } from "../claims/assumed-classes.ts";
import { STILL, type Graph } from "../states/graph.ts";
import { instancesOf, type Instance } from "../claims/instances.ts";

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

/** Some of the classes, as bits. */
export interface Assumed {
  readonly weak: number;
  readonly strong: number;
}

/** These transitions, and where those of each state begin. */
function only({ targets, actions, offsets }: Graph, keeps: (edge: number) => boolean) {
  const kept = { targets: targets.slice(), actions: actions.slice(), offsets: offsets.slice() };
  let size = 0;
  for (let state = 0; state + 1 < offsets.length; state++) {
    kept.offsets[state] = size;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      if (!keeps(edge)) continue;
      kept.targets[size] = targets[edge]!;
      kept.actions[size++] = actions[edge]!;
    }
  }
  kept.offsets[offsets.length - 1] = size;
  return [kept.targets, kept.actions, kept.offsets] as const;
}

export class LabelledGraph {
  readonly search: BreadthFirst;
  readonly targets: Int32Array;
  /** The transitions of state s are those from `offsets[s]` to before `offsets[s + 1]`. */
  readonly offsets: Uint32Array;
  /** The number of the action, by transition, or `STILL`. */
  readonly actions: Uint16Array;
  /** The classes of an action of the universe, as bits; none for `STILL`. */
  readonly classesOf: Int32Array;
  /** The classes of which a step is possible that changes the state, as bits, by state. */
  readonly possible: Int32Array;
  readonly #classes: readonly FairnessClass[];

  /** Whether it has all transitions of the search. */
  readonly isWhole: boolean;

  /**
   * @param keeps Which transitions the runs may take; default: all. What is possible, and so what is fair, does not depend
   *              on it.
   */
  constructor(search: BreadthFirst, classes = assumedClasses(search.system), keeps?: (edge: number) => boolean) {
    const { graph, store, system } = search;
    if (!graph || !search.complete)
      throw new ModelError("What leads to what can only be told from a complete search that kept its graph.");
    this.search = search;
    this.targets = graph.targets;
    this.#classes = classes;
    this.classesOf = new Int32Array(STILL + 1);
    for (const [number, action] of system.actions.entries())
      this.classesOf[number] = this.#bitsOf((one) => one.actions(action));
    this.actions = graph.actions;
    this.offsets = graph.offsets;
    this.possible = new Int32Array(store.count);
    for (let state = 0; state < store.count; state++) this.possible[state] = this.#possibleIn(state);
    this.isWhole = keeps === undefined;
    if (keeps) [this.targets, this.actions, this.offsets] = only(graph, keeps);
  }

  /** All its classes. */
  get all(): Assumed {
    const bitsOf = (kind: FairnessClass["kind"]): number => this.#bitsOf((one) => one.kind === kind);
    return { weak: bitsOf("weak"), strong: bitsOf("strong") };
  }

  /** The classes that the property of the instance assumes. */
  assumedBy(instance: Instance): Assumed {
    const own = classesFor(this.search.system, instance);
    return {
      weak: this.#bitsOf((one) => one.kind === "weak" && own.includes(one)),
      strong: this.#bitsOf((one) => one.kind === "strong" && own.includes(one)),
    };
  }

  #possibleIn(state: number): number {
    const { offsets, actions, classesOf } = this;
    let classes = 0;
    for (let edge = offsets[state]!, end = offsets[state + 1]!; edge < end; edge++)
      classes |= classesOf[actions[edge]!]!;
    return classes;
  }

  #bitsOf(belongs: (one: FairnessClass) => boolean): number {
    return this.#classes.reduce((bits, one, k) => (belongs(one) ? bits | (1 << k) : bits), 0);
  }
}
