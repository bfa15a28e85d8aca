/**
 * "Whenever this holds, that holds then or later, on every fair run": a search for a fair run that comes to owe something
 * and never pays, in the complete graph. The run found is a lasso: a way, and a cycle at its end.
 */
import type { Action } from "../system.ts";
import type { BreadthFirst } from "./breadth-first.ts";
import type { Instance } from "./instances.ts";
import { fairSets, firstAtRest } from "./live-fair.ts";
import { assumedBy, LabelledGraph } from "./live-graph.ts";
import { lassoIn, lengthOf, prefixTo, type Lasso } from "./live-lasso.ts";
import { regionOf } from "./live-region.ts";

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

  /** A fair run on which the promise is never kept, or undefined when there is none. */
  brokenBy(instance: Instance): Run | undefined {
    const graph = (this.#graph ??= new LabelledGraph(this.#search));
    const region = regionOf(graph, instance, assumedBy(graph, instance));
    // Where a run can simply stop there is no need to look for a cycle: nothing is easier to follow.
    const rest = firstAtRest(region);
    const lassos: readonly Lasso[] =
      rest >= 0 ? [{ prefix: prefixTo(region, rest), cycle: [] }] : fairSets(region).map((set) => lassoIn(region, set));
    const [first] = [...lassos].sort((a, b) => lengthOf(a) - lengthOf(b));
    if (!first) return undefined;
    const { actions } = this.#search.system;
    return {
      actions: [...first.prefix, ...first.cycle].map((action) => actions[action]!),
      loop: first.prefix.length,
    };
  }
}
