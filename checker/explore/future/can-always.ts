/**
 * "From every reachable state, a state where ... stays reachable": backwards closure over the stored graph, by sweeps
 * against the order of discovery until nothing changes.
 */
import { impartially } from "../claims/impartial.ts";
import type { Instance, Source } from "../claims/instances.ts";
import type { BreadthFirst } from "../search/breadth-first.ts";
import type { Graph } from "../states/graph.ts";
import type { Property } from "../../property.ts";
import type { Finding } from "../claims/judge.ts";
import { askHolds } from "../claims/predicate.ts";
import { pause, type Judging } from "../search/pause.ts";
import { ReadTree, Views } from "../claims/read-tree.ts";
import { Held, type Reads } from "../claims/reads.ts";
import { ModelError } from "../../system.ts";

/** First state (in order of discovery) from which no goal of the instance is reachable, or -1; and how many there are. */
export function firstStuck(
  search: BreadthFirst,
  instance: Instance,
): { readonly state: number; readonly stuck: number } {
  const { store, graph } = search;
  if (!graph) throw new ModelError("A search for what stays possible must keep its graph.");
  const can = goals(search, instance);
  const count = store.count;
  reachedFrom(graph, can);
  let stuck = 0;
  for (let id = 0; id < count; id++) if (can[id] === 0) stuck++;
  return { state: can.indexOf(0), stuck };
}

/** Sets to 1 what is 0 and has a way to a 1, over states that are 0 or 1. */
export function reachedFrom({ targets, offsets, states }: Graph, can: Uint8Array): void {
  for (let changed = true; changed;) {
    changed = false;
    for (let id = states - 1; id >= 0; id--) {
      if (can[id] !== 0) continue;
      for (let edge = offsets[id]!; edge < offsets[id + 1]!; edge++) {
        if (can[targets[edge]!] === 1) {
          can[id] = 1;
          changed = true;
          break;
        }
      }
    }
  }
}

/**
 * Of all instances of the property, the one that is stuck in the state found first, and that state. States are found in
 * the order of their distance, so that no instance is stuck after fewer steps.
 */
export function* soonestStuck(search: BreadthFirst, property: Property): Judging<Finding | undefined> {
  let soonest: Finding | undefined;
  for (const instance of search.judge.instances) {
    if (instance.property !== property) continue;
    yield* pause();
    const { state } = firstStuck(search, instance);
    if (state >= 0 && (!soonest || state < soonest.state)) soonest = { instance, state };
  }
  return soonest;
}

/** 1 for each state in which the predicate holds. */
export const goals = (search: BreadthFirst, instance: Instance): Uint8Array =>
  valuesOver(search, instance, (one, source) => (askHolds(one, source) ? 1 : 0));

/** A number below 256 for each state, asked once of all states in which the predicate reads the same. */
export const valuesOver = (
  search: BreadthFirst,
  instance: Instance,
  value: (instance: Instance, source: Source) => number,
): Uint8Array => readOver(search, instance, (reads) => impartially(reads, instance, value));

/** The same of a function of what it reads of the state. */
export function readOver(search: BreadthFirst, instance: Instance, value: (reads: Reads) => number): Uint8Array {
  const { core, store, layout } = search;
  const { words } = layout;
  const slots = Int32Array.from(instance.slots, (name) => core.slotOf(name));
  const [word, shift, mask] = [layout.word, layout.shift, layout.mask].map((of) => slots.map((slot) => of[slot]!));
  const views = new Views(new Held(core, search.orbits));
  const answers = new ReadTree(views, value);
  const vector = new Int32Array(core.slots);
  const result = new Uint8Array(store.count);
  for (let id = 0; id < store.count; id++) {
    for (let k = 0; k < slots.length; k++)
      vector[slots[k]!] = (store.states[id * words + word![k]!]! >>> shift![k]!) & mask![k]!;
    result[id] = answers.of(vector);
  }
  return result;
}
