/**
 * All states found so far, exact and packed: words of state `i` at `i * words`, in the order of discovery (so the store
 * is the queue of the search), parent and action beside them, and an open-addressing index over them. An index entry
 * holds the state's number and, in the bits left over, some bits of its hash, which spare most comparisons.
 */
import { ModelError } from "../../system.ts";
import { repacking, type Layout } from "./layout.ts";

const GROWTH_START = 1 << 14;
/**
 * A table that is full gets so many times its room. Memory that is never written is only reserved, so a large step costs nothing,
 * and of all copies the last one is an eighth of the table.
 */
export const GROWTH = 8;
/** States whose memory is touched together: enough for the loads to overlap, few enough to stay in the cache. */
export const FETCH = 256;
/** An index is filled in this many parts. */
const PART_BITS = 8;
const PARTS = 1 << PART_BITS;
/** The index is enlarged when it is this full. */
export const FULLEST = 0.7;

export class Store {
  words: number;
  count = 0;
  states: Int32Array;
  parents: Int32Array;
  actions: Uint16Array;
  index: Int32Array;
  /** Low bits of an index entry: number of the state plus 1. */
  idMask: number;
  /** Means nothing, but is written, or reading ahead would be compiled away. */
  sink = 0;
  #room: number;
  readonly #fetched = new Int32Array(FETCH);

  constructor(words: number, room = GROWTH_START, index = 2 * room) {
    this.words = words;
    this.#room = room;
    this.states = new Int32Array(room * words);
    this.parents = new Int32Array(room);
    this.actions = new Uint16Array(room);
    this.index = new Int32Array(index);
    this.idMask = 2 * index - 1;
  }

  /** A store with room for `count` states, of the size that it has when they were added one by one. */
  static withRoomFor(words: number, count: number): Store {
    let room = GROWTH_START;
    while (room <= count) room = Math.min(GROWTH * room, mostRoom(words));
    let index = 2 * GROWTH_START;
    while (count > FULLEST * index) index *= 2;
    return new Store(words, room, index);
  }

  /** Says that the tables hold so many states, which were not added one by one. */
  holds(count: number): void {
    this.count = count;
    this.#reindex(this.index.length);
  }

  /** Bytes that the states found so far take: words, parent, action, and the whole index. */
  get bytes(): number {
    return this.count * (4 * this.words + 6) + 4 * this.index.length;
  }

  /** The actions on the way by which the state was found first. */
  stepsTo(state: number): readonly number[] {
    const actions: number[] = [];
    for (let at = state; this.parents[at]! >= 0; at = this.parents[at]!) actions.push(this.actions[at]!);
    return actions.reverse();
  }

  /** Where the words of the state begin in `states`. */
  at(state: number): number {
    return state * this.words;
  }

  /** Says that the words of states before this one are needed no more. */
  forget(_before: number): void {}

  /** Touches what `add` will read for these hashes (at most `FETCH`), so that the memory comes while the loop goes on. */
  fetch(hashes: Int32Array, count: number): void {
    const { words, index, idMask, states } = this;
    const mask = index.length - 1;
    const fetched = this.#fetched;
    for (let k = 0; k < count; k++) {
      const hash = hashes[k]!;
      fetched[k] = index[slotOf(hash) & mask]!;
    }
    let sink = 0;
    for (let k = 0; k < count; k++) sink ^= states[((fetched[k]! & idMask) * words || 1) - 1]!;
    this.sink = sink;
  }

  /** Adds the state if it is new; returns its number, or -1 minus the number when it was known. */
  add(packed: Int32Array, at: number, hash: number, parent: number, action: number): number {
    const { words, index, idMask, states } = this;
    const mask = index.length - 1;
    const tag = hash & ~idMask;
    let slot = slotOf(hash) & mask;
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

  /** Takes what was added from outside: the words and the index already lie in their tables. */
  born(parents: Int32Array, actions: Uint16Array): void {
    while (this.count + parents.length > this.parents.length) this.#enlargeLinks();
    this.parents.set(parents, this.count);
    this.actions.set(actions, this.count);
    this.count += parents.length;
  }

  /** From now on words and index lie in these tables; what they hold is made there. */
  settle(states: Int32Array, index: Int32Array): void {
    this.states = states;
    this.index = index;
    this.idMask = 2 * index.length - 1;
    this.#room = Math.min(this.parents.length, Math.floor(states.length / this.words));
  }

  #enlarge(): void {
    const room = Math.floor(this.states.length / this.words);
    if (this.count === room) {
      const states = new Int32Array(this.#enlarged(room, mostRoom(this.words)) * this.words);
      states.set(this.states);
      this.states = states;
    }
    if (this.count === this.parents.length) this.#enlargeLinks();
    this.#room = Math.min(this.parents.length, Math.floor(this.states.length / this.words));
  }

  #enlargeLinks(): void {
    const room = this.#enlarged(this.parents.length, 2 ** 30);
    const parents = new Int32Array(room);
    parents.set(this.parents);
    this.parents = parents;
    const actions = new Uint16Array(room);
    actions.set(this.actions);
    this.actions = actions;
  }

  #enlarged(room: number, most: number): number {
    const enlarged = Math.min(GROWTH * room, most);
    if (enlarged <= room) throw new ModelError("More states than the store can number.");
    return enlarged;
  }

  /**
   * A new index of this size. The states are first sorted by the part of the index they fall into, so that a part is
   * filled while it is in the cache.
   */
  #reindex(size: number): void {
    const { words, states, count } = this;
    const mask = size - 1;
    this.index = new Int32Array(size);
    this.idMask = 2 * size - 1;
    const { index, idMask } = this;
    const shift = Math.max(0, 31 - Math.clz32(size) - PART_BITS);
    const next = new Int32Array(PARTS + 1);
    for (let id = 0; id < count; id++) {
      const part = (slotOf(hashOf(states, id * words, words)) & mask) >>> shift;
      next[part + 1] = next[part + 1]! + 1;
    }
    for (let part = 0; part < PARTS; part++) next[part + 1] = next[part + 1]! + next[part]!;
    const sorted = new Int32Array(2 * count);
    for (let id = 0; id < count; id++) {
      const hash = hashOf(states, id * words, words);
      const part = (slotOf(hash) & mask) >>> shift;
      const at = next[part]!;
      next[part] = at + 1;
      sorted[2 * at] = hash;
      sorted[2 * at + 1] = id + 1;
    }
    for (let at = 0; at < 2 * count; at += 2) {
      const hash = sorted[at]!;
      let slot = slotOf(hash) & mask;
      while (index[slot] !== 0) slot = (slot + 1) & mask;
      index[slot] = (hash & ~idMask) | sorted[at + 1]!;
    }
  }

  /** The same states in another layout. */
  relaid(old: Layout, now: Layout): Store {
    return this.repacked(now.words, repacking(old, now));
  }

  /** The same states in another width: `repack` turns the words at `from` into words at `to`. */
  repacked(words: number, repack: (from: Int32Array, at: number, to: Int32Array, there: number) => void): Store {
    const store = new Store(words, this.#room, this.index.length);
    store.#inherit(this);
    for (let id = 0; id < this.count; id++) repack(this.states, id * this.words, store.states, id * words);
    store.#reindex(this.index.length);
    return store;
  }

  /** `repacked` in the tables in which the states lie; the index is no longer one. */
  repackedInPlace(words: number, repack: Parameters<Store["repacked"]>[1]): Store {
    const store = new Store(words, 1, 2);
    store.#inherit(this);
    store.settle(this.states, this.index);
    const isWider = words > this.words;
    for (let k = 0; k < this.count; k++) {
      const id = isWider ? this.count - 1 - k : k;
      repack(this.states, id * this.words, store.states, id * words);
    }
    return store;
  }

  #inherit(other: Store): void {
    this.count = other.count;
    this.parents = other.parents;
    this.actions = other.actions;
  }
}

/** As many states as can be numbered, and their words. */
const mostRoom = (words: number): number => Math.min(2 ** 30, Math.floor((2 ** 31 - 1) / words));

/** Where the hash belongs in the index, above its size still to be masked away: other bits than the entry keeps. */
const slotOf = (hash: number): number => hash ^ (hash >>> 17);

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
