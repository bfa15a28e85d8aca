/** Where something is owed: the states on runs that have come through `when` and not yet to what must follow. */
import { valuesOver } from "./can-always.ts";
import type { Instance, Source } from "../claims/instances.ts";
import type { Assumed, LabelledGraph } from "./live-graph.ts";
import { allRuns, runsWithin, type Runs } from "./live-runs.ts";
import { askHolds, askProvided, askWhen } from "../claims/predicate.ts";

export interface Region {
  readonly graph: LabelledGraph;
  readonly assumed: Assumed;
  /** The runs of which the claim is made. */
  readonly runs: Runs;
  readonly states: Int32Array;
  /** By state: whether it is in the region, and whether it is one where the debt begins. */
  readonly kind: Uint8Array;
}

export const PAID = 0;
const OWING = 1;
export const BEGINS = 2;
/** Not paid, and not known to owe anything either. */
const OPEN = 3;

const isProvided = (instance: Instance, source: Source): boolean =>
  instance.property.provided === undefined || askProvided(instance, source);

/** `isPaid: false`: as if nothing were ever paid, to see whether some run owes at all. */
export function regionOf(graph: LabelledGraph, instance: Instance, { isPaid = true } = {}): Region {
  const ofSome = instance.property.provided !== undefined || !graph.isWhole;
  const runs = ofSome
    ? runsWithin(
        graph,
        valuesOver(graph.search, instance, (one, source) => (isProvided(one, source) ? 1 : 0)),
      )
    : allRuns(graph);
  const kind = valuesOver(graph.search, instance, (one, source) => {
    if (isPaid && askHolds(one, source)) return PAID;
    return askWhen(one, source) ? BEGINS : OPEN;
  });
  // A run that gets to a state that none of the runs comes to is none of them.
  if (ofSome) for (let state = 0; state < kind.length; state++) if (runs.depths[state]! < 0) kind[state] = PAID;
  let unpaid = 0;
  let open = 0;
  for (const one of kind) {
    if (one !== PAID) unpaid++;
    if (one === OPEN) open++;
  }
  const states = new Int32Array(unpaid);
  let size = 0;
  for (let state = 0; state < kind.length; state++) if (kind[state] === BEGINS) states[size++] = state;
  const { offsets, targets } = graph;
  for (let at = 0; open > 0 && at < size; at++) {
    const state = states[at]!;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      if (kind[target] !== OPEN) continue;
      kind[target] = OWING;
      states[size++] = target;
    }
  }
  for (let state = 0; open > 0 && state < kind.length; state++) if (kind[state] === OPEN) kind[state] = PAID;
  return { graph, runs, assumed: graph.assumedBy(instance), states: states.subarray(0, size), kind };
}
