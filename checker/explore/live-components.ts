/** Strongly connected components of a part of a region: R. E. Tarjan, Depth-first search and linear graph algorithms. */
import type { Region } from "./live-region.ts";

export class Components {
  /**
   * By place: the part that it belongs to now. A component becomes a part of its own as soon as it is found, so that a
   * transition stays inside of it exactly if both ends have the same part.
   */
  readonly part: Int32Array;
  #parts = 1;
  readonly #region: Region;
  /** Order of the first visit, from 1; 0: not visited. */
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  readonly #edge: Int32Array;
  readonly #stack: Int32Array;
  readonly #path: Int32Array;

  constructor(region: Region) {
    const size = region.states.length;
    this.#region = region;
    this.part = new Int32Array(size);
    this.#index = new Int32Array(size);
    this.#low = new Int32Array(size);
    this.#edge = new Int32Array(size);
    this.#stack = new Int32Array(size);
    this.#path = new Int32Array(size);
  }

  /** Takes the places apart; `found` gets the places of one component, in a buffer that is used again. */
  split(members: Int32Array, found: (component: Int32Array) => void): void {
    const { states, places, graph } = this.#region;
    const { offsets, targets } = graph;
    const { part } = this;
    const [index, low, edges, stack, path] = [this.#index, this.#low, this.#edge, this.#stack, this.#path];
    const here = this.#parts++;
    for (const place of members) {
      part[place] = here;
      index[place] = 0;
    }
    let visited = 0;
    let height = 0;
    let length = 0;
    const enter = (place: number): void => {
      index[place] = low[place] = ++visited;
      edges[place] = offsets[states[place]!]!;
      stack[height++] = place;
      path[length++] = place;
    };
    for (const root of members) {
      if (index[root] !== 0) continue;
      enter(root);
      while (length > 0) {
        const place = path[length - 1]!;
        const edge = edges[place]!;
        if (edge < offsets[states[place]! + 1]!) {
          edges[place] = edge + 1;
          const target = places[targets[edge]!]!;
          // Outside of the region, of the members, or in a component that is complete.
          if (target < 0 || part[target] !== here) continue;
          if (index[target] === 0) enter(target);
          else if (index[target]! < low[place]!) low[place] = index[target]!;
          continue;
        }
        length--;
        if (length > 0) {
          const caller = path[length - 1]!;
          if (low[place]! < low[caller]!) low[caller] = low[place]!;
        }
        if (low[place] !== index[place]) continue;
        let from = height;
        const own = this.#parts++;
        do part[stack[--from]!] = own;
        while (stack[from] !== place);
        found(stack.subarray(from, height));
        height = from;
      }
    }
  }
}
