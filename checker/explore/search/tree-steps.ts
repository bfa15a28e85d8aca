/** The steps of a state by the step trees of the search: some look-ups, and bits of the packed state that are turned over. */
import { STILL } from "../states/graph.ts";
import type { Expanding, Steps } from "./steps.ts";
import { hashOf } from "../states/store.ts";
import { ENTRY, isFresh, leafOf, PAGES, REFUSED, ROOT, StepTrees, UNKNOWN, type Ground } from "./step-trees.ts";

export class TreeSteps implements Steps {
  readonly #search: Expanding;
  /** Made for one layout. */
  #trees: StepTrees;
  readonly #vector: Int32Array;
  #isUnpacked = false;
  #state = 0;

  constructor(search: Expanding) {
    this.#search = search;
    this.#trees = new StepTrees(search.core, search.layout);
    this.#vector = new Int32Array(search.core.slots);
  }

  get trees(): StepTrees {
    return this.#trees;
  }

  /** Throws all trees away, as for a new layout. */
  renew(ground?: Ground): void {
    this.#trees = new StepTrees(this.#search.core, this.#search.layout, ground);
  }

  get bytes(): number {
    return this.#trees.bytes;
  }

  get confirmed(): number {
    return this.#trees.confirmed;
  }

  takeAll(state: number): number {
    const { packed, core } = this.#search;
    this.#state = state;
    this.#isUnpacked = false;
    let steps = 0;
    for (let slot = 0; slot < core.slots; slot++) {
      const { word, shift, mask } = this.#search.layout;
      const number = (packed[word[slot]!]! >>> shift[slot]!) & mask[slot]!;
      let list = this.#trees.heads[slot]![number] ?? 0;
      if (list === 0) list = this.#trees.list(slot, number);
      const entries = this.#trees.cells[list]!;
      for (let k = 0; k < entries; k++) {
        const leaf = this.#leafAt(slot, list + 1 + k * ENTRY);
        if (leaf === REFUSED) continue;
        if (leaf < 0 || !this.#collect(this.#trees.cells[list + 1 + k * ENTRY]!, leaf)) {
          this.#widen();
          list = this.#trees.list(slot, number);
          k--;
        } else steps++;
      }
    }
    return steps;
  }

  /** The leaf of the entry for the state, or -1 when the layout is too narrow for it. */
  #leafAt(slot: number, entry: number): number {
    const { packed } = this.#search;
    let isFilled = false;
    for (;;) {
      const { cells } = this.#trees;
      let at = entry + ROOT;
      let ref = cells[at]!;
      while (ref >= 0) {
        const number = (packed[cells[ref]!]! >>> cells[ref + 1]!) & cells[ref + 2]!;
        const page = number >>> 5;
        if (page >= cells[ref + PAGES]!) {
          ref = UNKNOWN;
          break;
        }
        at = cells[ref + PAGES + 1 + page]! + (number & 31);
        ref = cells[at]!;
      }
      if (ref === UNKNOWN) {
        if (!this.#trees.fill(this.#unpacked(), slot, entry, this.#meet)) return -1;
        isFilled = true;
        continue;
      }
      if (isFresh(ref) && !isFilled) this.#trees.confirm(this.#unpacked(), slot, entry, at);
      return leafOf(ref);
    }
  }

  readonly #meet = (slot: number, number: number): void => this.#search.orbits?.meet(slot, number);

  #unpacked(): Int32Array {
    if (!this.#isUnpacked) this.#search.vectorOf(this.#state, this.#vector);
    this.#isUnpacked = true;
    return this.#vector;
  }

  /** Takes what the leaf makes of the state as its successor; false when the layout is too narrow for it. */
  #collect(action: number, leaf: number): boolean {
    const search = this.#search;
    const { layout, orbits, packed } = search;
    const { words } = layout;
    const { leaves, slots, stride } = this.#trees;
    const { states, length } = search.batch;
    const from = leaf * stride;
    const at = length * words;
    let moved = 0;
    for (let w = 0; w < words; w++) {
      const turned = leaves[from + w]!;
      moved |= turned;
      states[at + w] = packed[w]! ^ turned;
    }
    let hash = hashOf(states, at, words);
    if (search.wasMet(at, hash)) return true;
    let bits = leaves[from + words]!;
    let orbit = 1;
    if (orbits) {
      const vector = this.#unpacked();
      const { word, shift, mask } = layout;
      const first = leaves[from + words + 1]! + 1;
      const end = first + slots[first - 1]!;
      for (let k = first; k < end; k++) {
        const slot = slots[k]!;
        vector[slot] = (states[at + word[slot]!]! >>> shift[slot]!) & mask[slot]!;
      }
      const exchange = orbits.toRepresentative(vector);
      orbit = orbits.size;
      const fits = exchange === 0 || orbits.pack(exchange, vector, layout, states, at);
      for (let k = first; k < end; k++) {
        const slot = slots[k]!;
        vector[slot] = (packed[word[slot]!]! >>> shift[slot]!) & mask[slot]!;
      }
      if (!fits) return false;
      if (exchange > 0) {
        bits = orbits.touched(exchange, slots, first, end - first);
        hash = hashOf(states, at, words);
        if (search.wasMet(at, hash)) return true;
      }
    }
    // What leads back to its own state never leads to a state that is found first by it.
    search.keep(hash, this.#state, moved === 0 ? STILL : action, bits, orbit);
    return true;
  }

  #widen(): void {
    this.#search.widen(Int32Array.from(this.#unpacked()));
    this.renew();
  }
}
