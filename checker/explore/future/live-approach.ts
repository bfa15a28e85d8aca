/** The shortest ways to the states of a region, on which something comes to be owed and is not paid. */
import { BEGINS, PAID, type Region } from "./live-region.ts";

export class Approach {
  readonly #region: Region;
  /** The states of the region, nearest first. */
  readonly order: Int32Array;
  /** By state: the state before it in the region and the transition from there; -1 where the debt begins. */
  readonly #before: Int32Array;
  readonly #via: Uint32Array;

  constructor(region: Region) {
    const { graph, kind, states, runs } = region;
    const { offsets, targets } = graph;
    const { depths } = runs;
    const { length: count } = kind;
    this.#region = region;
    this.order = new Int32Array(states.length);
    this.#before = new Int32Array(count).fill(-1);
    this.#via = new Uint32Array(count);
    const isFound = new Uint8Array(count);
    let size = 0;
    let head = 0;
    let next = 0;
    const find = (state: number): void => {
      isFound[state] = 1;
      this.order[size++] = state;
    };
    // Level by level: what was reached from the level before, and what begins to owe at this depth.
    for (let depth = 0; next < runs.order.length || head < size; depth++) {
      for (; next < runs.order.length && depths[runs.order[next]!]! <= depth; next++) {
        const state = runs.order[next]!;
        if (kind[state] === BEGINS && isFound[state] === 0) find(state);
      }
      for (const end = size; head < end; head++) {
        const state = this.order[head]!;
        for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
          const target = targets[edge]!;
          if (kind[target] === PAID || isFound[target] === 1) continue;
          this.#before[target] = state;
          this.#via[target] = edge;
          find(target);
        }
      }
    }
  }

  /** The actions of a shortest run to the state. */
  to(goal: number): readonly number[] {
    const { graph, runs } = this.#region;
    const taken: number[] = [];
    let state = goal;
    for (; this.#before[state]! >= 0; state = this.#before[state]!) taken.push(graph.actions[this.#via[state]!]!);
    return [...runs.to(state), ...taken.reverse()];
  }
}
