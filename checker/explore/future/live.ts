/**
 * "Whenever this holds, that holds then or later, on every fair run": a search for a fair run that comes to owe something
 * and never pays, in the complete graph. The run found is a lasso: a way, and a cycle at its end.
 */
import type { Action } from "../../system.ts";
import type { BreadthFirst } from "../search/breadth-first.ts";
import type { Instance } from "../claims/instances.ts";
import { lassoOf } from "../search/execution.ts";
import { Approach } from "./live-approach.ts";
import { fairSets, isAtRest } from "./live-fair.ts";
import { LabelledGraph } from "./live-graph.ts";
import { lassoIn, lengthOf, type Lasso } from "./live-lasso.ts";
import { regionOf, type Region } from "./live-region.ts";

/** A run: its steps, and at which of them its cycle begins. */
export interface Run {
  readonly actions: readonly Action[];
  readonly loop: number;
}

/** Answers for all instances of one search; the graph is labelled once. */
export class Liveness {
  readonly #search: BreadthFirst;
  #graph: LabelledGraph | undefined;

  constructor(search: BreadthFirst) {
    this.#search = search;
  }

  /** The claims of which some instance owes something at some time. */
  readonly owing = new Set<string>();

  /** A fair run on which the promise is never kept, or undefined when there is none. */
  brokenBy(instance: Instance): Run | undefined {
    this.#graph ??= new LabelledGraph(this.#search);
    const region = regionOf(this.#graph, instance);
    const lasso = shortLasso(region);
    if (this.#isOwed(instance, region, lasso)) this.owing.add(instance.property.id);
    if (!lasso) return undefined;
    const { system, core, orbits } = this.#search;
    const taken = lassoOf(core, orbits, lasso.prefix, lasso.cycle);
    return { actions: taken.map((action) => system.actions[action]!), loop: lasso.prefix.length };
  }

  /** Whether something is ever owed on a run of which the claim is made. One that is made of some runs needs a whole one. */
  #isOwed(instance: Instance, region: Region, lasso: Lasso | undefined): boolean {
    if (region.states.length === 0) return false;
    if (lasso || !instance.property.provided) return true;
    return shortLasso(regionOf(this.#graph!, instance, { isPaid: false })) !== undefined;
  }
}

/** Where a run can simply stop there is no need to look for a cycle: nothing is easier to follow. */
export function shortLasso(region: Region): Lasso | undefined {
  if (region.states.some((state) => isAtRest(region, state))) {
    const approach = new Approach(region);
    return { prefix: approach.to(approach.order.find((state) => isAtRest(region, state))!), cycle: [] };
  }
  const sets = fairSets(region);
  if (sets.length === 0) return undefined;
  const approach = new Approach(region);
  return sets.map((set) => lassoIn(region, approach, set)).sort((a, b) => lengthOf(a) - lengthOf(b))[0];
}
