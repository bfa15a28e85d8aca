/**
 * All states found so far, exact and packed: words of state `i` at `i * words`, in the order of discovery (so the store
 * is the queue of the search), parent and action beside them, and an open-addressing index over them. An index entry
 * holds the state's number and, in the bits left over, some bits of its hash, which spare most comparisons.
 */
import { ModelError } from "../system.ts";

const GROWTH_START = 1 << 14;
/** States whose memory is touched together: enough for the loads to overlap, few enough to stay in the cache. */
export const FETCH = 64;
/** The index is enlarged when it is this full. */
const FULLEST = 0.7;

export class Store {
  readonly words: number;
  count = 0;
  states: Int32Array;
  parents: Int32Array;
  actions: Uint16Array;
  index: Int32Array;
  /** Low bits of an index entry: number of the state plus 1. */
  idMask: number;
  #room: number;
  readonly #fetched = new Int32Array(FETCH);

  constructor(words: number, room = GROWTH_START) {
    this.words = words;
    this.#room = room;
    this.states = new Int32Array(room * words);
    this.parents = new Int32Array(room);
    this.actions = new Uint16Array(room);
    this.index = new Int32Array(2 * room);
    this.idMask = 4 * room - 1;
  }

  /** Bytes that the states found so far take: words, parent, action, and the whole index. */
  get bytes(): number {
    return this.count * (4 * this.words + 6) + 4 * this.index.length;
  }

  /**
   * Touches what `add` will read for these hashes, so that the memory comes while the loop goes on. The result means
   * nothing, but must be used, or the loop is compiled away.
   */
  fetch(hashes: Int32Array, count: number): number {
    const { words, index, idMask, states } = this;
    const mask = index.length - 1;
    const fetched = this.#fetched;
    for (let k = 0; k < count; k++) {
      const hash = hashes[k]!;
      fetched[k] = index[(hash ^ (hash >>> 17)) & mask]!;
    }
    let sink = 0;
    for (let k = 0; k < count; k++) sink ^= states[((fetched[k]! & idMask) * words || 1) - 1]!;
    return sink;
  }

  /** Adds the state if it is new; returns its number, or -1 minus the number when it was known. */
  add(packed: Int32Array, at: number, hash: number, parent: number, action: number): number {
    const { words, index, idMask, states } = this;
    const mask = index.length - 1;
    const tag = hash & ~idMask;
    let slot = (hash ^ (hash >>> 17)) & mask;
    for (;;) {
      const entry = index[slot]!;
      if (entry === 0) break;
      if ((entry & ~idMask) === tag) {
        const id = (entry & idMask) - 1;
        let base = id * words;
        let k = 0;
        while (k < words && states[base++] === packed[at + k]) k++;
        if (k === words) return -1 - id;
      }
      slot = (slot + 1) & mask;
    }
    const id = this.count++;
    index[slot] = tag | (id + 1);
    for (let k = 0, base = id * words; k < words; k++) states[base + k] = packed[at + k]!;
    this.parents[id] = parent;
    this.actions[id] = action;
    if (this.count === this.#room) this.#enlarge();
    if (this.count > FULLEST * this.index.length) this.#reindex(2 * this.index.length);
    return id;
  }

  #enlarge(): void {
    const room = 2 * this.#room;
    if (room * this.words > 2 ** 31 - 1 || room > 2 ** 30) throw new ModelError("More states than the store can number.");
    const states = new Int32Array(room * this.words);
    states.set(this.states);
    this.states = states;
    const parents = new Int32Array(room);
    parents.set(this.parents);
    this.parents = parents;
    const actions = new Uint16Array(room);
    actions.set(this.actions);
    this.actions = actions;
    this.#room = room;
  }

  #reindex(size: number): void {
    const { words, states } = this;
    const mask = size - 1;
    this.index = new Int32Array(size);
    this.idMask = Math.max(this.idMask, 2 * size - 1);
    const { index, idMask } = this;
    const hashes = new Int32Array(FETCH);
    for (let first = 0; first < this.count; first += FETCH) {
      const some = Math.min(FETCH, this.count - first);
      for (let k = 0; k < some; k++) {
        const hash = hashOf(states, (first + k) * words, words);
        hashes[k] = hash;
        this.#fetched[k] = index[(hash ^ (hash >>> 17)) & mask]!;
      }
      for (let k = 0; k < some; k++) {
        const hash = hashes[k]!;
        let slot = (hash ^ (hash >>> 17)) & mask;
        while (index[slot] !== 0) slot = (slot + 1) & mask;
        index[slot] = (hash & ~idMask) | (first + k + 1);
      }
    }
  }

  /** The same states in another width: `repack` turns the words at `from` into words at `to`. */
  repacked(words: number, repack: (from: Int32Array, at: number, to: Int32Array, there: number) => void): Store {
    const store = new Store(words, this.#room);
    store.count = this.count;
    for (let id = 0; id < this.count; id++) repack(this.states, id * this.words, store.states, id * words);
    store.parents = this.parents;
    store.actions = this.actions;
    store.#reindex(this.index.length);
    return store;
  }
}

/** A well mixed 32-bit hash of the packed words. */
export function hashOf(words: Int32Array, at: number, count: number): number {
  let h = 0x243f6a88;
  for (let k = 0; k < count; k++) {
    h = Math.imul(h ^ words[at + k]!, 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}
