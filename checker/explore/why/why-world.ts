/**
 * What questions about one claim are asked of: all states within bounds, all steps between them, and which states violate
 * the claim. No state stands for another here, so that every step is one of the system's own.
 */
import type { Property } from "../../property.ts";
import { ModelError, type System } from "../../system.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { goals, reachedFrom, valuesOver } from "../future/can-always.ts";
import { DEADLOCK } from "../claims/deadlock.ts";
import { STILL, type Graph } from "../states/graph.ts";
import type { Instance } from "../claims/instances.ts";
import { Labels } from "./why-labels.ts";
import type { Limits } from "../search/limits.ts";
import { askHolds } from "../claims/predicate.ts";
import { slotsOfActions, tryAction } from "../random/random-walk.ts";

/** The search for a world; it is advanced by the caller, to its end or its bound. */
export const startWorld = (system: System, limits: Pick<Limits, "maxStates" | "maxBytes">): BreadthFirst =>
  new BreadthFirst(system, { ...limits, keepGraph: true, symmetry: false });

/** Whether the claim is about what comes later: then only a complete search says something of it. */
export const isPromise = (kind: Property["kind"] | "deadlock"): boolean => kind === "canAlways" || kind === "leadsTo";

/** What becomes of a step: a state, or that it cannot be taken, or that nothing is known behind this state. */
export type Next = number | "impossible" | "unknown";

export class World {
  readonly search: BreadthFirst;
  readonly graph: Graph;
  /** "DEADLOCK", or the id of a property. */
  readonly claim: string;
  /** The instances of that property. */
  readonly instances: readonly Instance[];
  /** All runs of at most so many steps are in the graph. */
  readonly known: number;
  /** 1 for each state that violates the claim; empty for `leadsTo`, which no state alone violates. */
  readonly bad: Uint8Array;
  readonly labels: Labels;
  readonly #slots: Int32Array;

  /** @throws PredicateError; ModelError for a promise, of which an incomplete search says nothing */
  constructor(search: BreadthFirst, claim: string) {
    if (!search.graph) throw new ModelError("A search for what a violation rests on must keep its graph.");
    this.search = search;
    this.graph = search.graph;
    this.claim = claim;
    this.instances = search.judge.instances.filter(({ property }) => property.id === claim);
    this.known = search.complete ? Infinity : search.depth;
    if (isPromise(this.kind) && !search.complete)
      throw new ModelError(`What ${claim} needs can only be told from a complete search.`);
    this.bad = this.#violated();
    this.labels = new Labels(search, search.graph);
    this.#slots = slotsOfActions(search.core);
  }

  get kind(): Property["kind"] | "deadlock" {
    return this.claim === DEADLOCK.id ? "deadlock" : this.instances[0]!.property.kind;
  }

  /** Where the step leads. One that changes nothing leads back to the same state. */
  next(state: number, action: number): Next {
    const { graph, search } = this;
    if (state >= graph.states) return "unknown";
    const { actions, offsets, targets } = graph;
    let isStill = false;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      if (actions[edge] === action) return targets[edge]!;
      if (actions[edge] === STILL) isStill = true;
    }
    if (!isStill) return "impossible";
    search.core.vector.set(search.vectorOf(state));
    return tryAction(search.core, this.#slots, action) ? state : "impossible";
  }

  /** The states that the actions lead through, with the first one. @throws ModelError where one cannot be taken */
  along(actions: readonly number[]): readonly number[] {
    const states = [0];
    for (const action of actions) {
      const next = this.next(states.at(-1)!, action);
      if (typeof next === "string") throw new ModelError(`Step ${states.length} of the path is ${next} in the search.`);
      states.push(next);
    }
    return states;
  }

  #violated(): Uint8Array {
    const { search, graph, instances } = this;
    const { kind } = this;
    const bad = new Uint8Array(kind === "leadsTo" ? 0 : search.store.count);
    if (kind === "deadlock")
      for (let state = 0; state < graph.states; state++) bad[state] = Number(graph.degrees[state] === 0);
    if (kind === "always" || kind === "sometimes")
      for (const instance of instances) {
        const wanted = kind === "sometimes";
        const found = valuesOver(search, instance, (one, source) => Number(askHolds(one, source) === wanted));
        for (let state = 0; state < bad.length; state++) bad[state]! |= found[state]!;
      }
    if (kind === "canAlways")
      for (const instance of instances) {
        const can = goals(search, instance);
        reachedFrom(graph, can);
        for (let state = 0; state < bad.length; state++) bad[state]! |= 1 - can[state]!;
      }
    return bad;
  }
}
