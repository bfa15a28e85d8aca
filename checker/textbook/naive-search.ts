/**
 * Reachability as one would write it first: snapshots of XState, a map by text, a list of edges. Hundreds of times slower
 * than the search, and what the search is held against.
 */
import { instancesOf, viewOf, type Instance } from "../explore/claims/instances.ts";
import { sourceOfState } from "../explore/claims/source.ts";
import type { Json } from "../json.ts";
import { canonical } from "../kernel/canon.ts";
import { snapshotText } from "../kernel/intern.ts";
import { initialState, take, type GlobalState } from "../simulation.ts";
import type { System } from "../system.ts";

/** The identity of a global state. */
export const textOf = ({ snapshots, channels }: GlobalState): string =>
  [
    ...[...snapshots].map(([name, snapshot]) => `${name} ${snapshotText(snapshot)}`),
    ...[...channels].map(([name, content]) => `${name} ${canonical(content as unknown as Json)}`),
  ].join("\n");

export interface Node {
  readonly state: GlobalState;
  /** Steps from the initial state. */
  readonly depth: number;
  readonly successors: number[];
}

/** All reachable states in the order of discovery, or undefined when there are more than `limit`. */
export function naiveSearch(system: System, limit: number): readonly Node[] | undefined {
  const nodes: Node[] = [{ state: initialState(system), depth: 0, successors: [] }];
  const numbers = new Map([[textOf(nodes[0]!.state), 0]]);
  for (let at = 0; at < nodes.length; at++) {
    const { state, depth, successors } = nodes[at]!;
    for (const action of system.actions) {
      const taken = take(system, state, action);
      if (!taken.taken) continue;
      const text = textOf(taken.state);
      const number = numbers.get(text) ?? nodes.push({ state: taken.state, depth: depth + 1, successors: [] }) - 1;
      numbers.set(text, number);
      successors.push(number);
    }
    if (nodes.length > limit) return undefined;
  }
  return nodes;
}

/** Steps to the first state where the instance of the property holds (or not), or -1. */
export function firstDepth(system: System, nodes: readonly Node[], id: string, holding: boolean): number {
  const instances = instancesOf(system).filter(({ property }) => property.id === id);
  return nodes.find(({ state }) => instances.some((one) => holds(one, state) === holding))?.depth ?? -1;
}

const holds = (instance: Instance, state: GlobalState): boolean =>
  instance.property.holds(viewOf(instance, sourceOfState(state)));

/** The states from which no state of the goal can be reached, by asking each of them anew. */
export function stuckStates(instance: Instance, nodes: readonly Node[]): readonly number[] {
  const goal = nodes.map(({ state }) => holds(instance, state));
  const reaches = (from: number): boolean => {
    const seen = new Set([from]);
    for (const at of seen) {
      if (goal[at]) return true;
      for (const next of nodes[at]!.successors) seen.add(next);
    }
    return false;
  };
  return nodes.flatMap((_, number) => (reaches(number) ? [] : [number]));
}
