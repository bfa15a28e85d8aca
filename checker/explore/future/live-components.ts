/**
 * Strongly connected components of a part of a region: D. J. Pearce, A space-efficient algorithm for finding strongly
 * connected components, without recursion.
 */
/** Some states of a graph: `kind` has one entry for each state of the graph, `states` those that may be taken apart. */
interface Part {
  readonly graph: { readonly offsets: Uint32Array; readonly targets: Int32Array };
  readonly states: Int32Array;
  readonly kind: Uint8Array;
}

const OUTSIDE = 0x7fffffff;
const UNVISITED = 0;

export class Components {
  /**
   * By state: its component, once it is found. Components are numbered downwards from a large number, states are visited
   * in upwards order from 1, so that one comparison tells what is still open from what is complete or outside.
   */
  readonly component: Int32Array;
  #next = OUTSIDE - 1;
  readonly #region: Part;
  readonly #stack: Int32Array;
  readonly #path: Int32Array;
  readonly #edges: Uint32Array;
  readonly #isRoot: Uint8Array;

  constructor(region: Part) {
    const { length } = region.states;
    this.#region = region;
    this.component = new Int32Array(region.kind.length).fill(OUTSIDE);
    this.#stack = new Int32Array(length);
    this.#path = new Int32Array(length);
    this.#edges = new Uint32Array(length);
    this.#isRoot = new Uint8Array(length);
  }

  /** Takes the states apart; `found` gets those of one component, in a buffer that is used again. */
  split(members: Int32Array, found: (states: Int32Array) => void): void {
    const { offsets, targets } = this.#region.graph;
    const { component } = this;
    const [stack, path, edges, isRoot] = [this.#stack, this.#path, this.#edges, this.#isRoot];
    for (const state of members) component[state] = UNVISITED;
    let index = 1;
    let height = 0;
    for (const start of members) {
      if (component[start] !== UNVISITED) continue;
      let top = 0;
      path[0] = start;
      edges[0] = offsets[start]!;
      isRoot[0] = 1;
      component[start] = index++;
      while (top >= 0) {
        const state = path[top]!;
        const end = offsets[state + 1]!;
        let edge = edges[top]!;
        let least = component[state]!;
        let entered = false;
        for (; edge < end; edge++) {
          const target = targets[edge]!;
          const of = component[target]!;
          if (of === UNVISITED) {
            entered = true;
            break;
          }
          if (of < least) {
            least = of;
            isRoot[top] = 0;
          }
        }
        component[state] = least;
        // The transition is looked at again when the state that it leads to is done.
        edges[top] = edge;
        if (entered) {
          const target = targets[edge]!;
          top++;
          path[top] = target;
          edges[top] = offsets[target]!;
          isRoot[top] = 1;
          component[target] = index++;
          continue;
        }
        const root = isRoot[top] === 1;
        top--;
        stack[height++] = state;
        if (!root) continue;
        let from = height - 1;
        while (from > 0 && component[stack[from - 1]!]! >= least) from--;
        for (let k = from; k < height; k++) component[stack[k]!] = this.#next;
        this.#next--;
        found(stack.subarray(from, height));
        height = from;
      }
    }
  }
}
