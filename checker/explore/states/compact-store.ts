/**
 * Hash compaction: of a state that was expanded only 64 bits of hash are kept, its print. A state whose print is known is taken
 * for known, so that one with the print of another is missed, and with it what only it leads to (P. Wolper and D. Leroy, "Reliable
 * hashing without collision detection", CAV 1993). Prints are of the numbers of a state: another layout changes none.
 */
import { repacking, type Layout } from "./layout.ts";
import { GROWTH, Store } from "./store.ts";

export interface Compaction {
  /** How many bits of the print count; fewer than 64 only to see how often states are missed. */
  readonly bits?: number;
  /** Another one gives other prints. */
  readonly seed?: number;
}

export const PRINT_BITS = 64;
const ROOM = 1 << 14;
const FULLEST = 0.7;

/**
 * How probable it is that some state was missed, at most: of `states` with prints of so many bits, each two have the same
 * print once in 2^bits times.
 */
export const missedAtMost = (states: number, bits: number): number =>
  Math.min(1, ((states * (states - 1)) / 2) * 2 ** -bits);

export class CompactStore extends Store {
  readonly #seed: number;
  readonly #masks: readonly [low: number, high: number];
  #layout: Layout;
  /** The state whose words come first in `states`: those before it are gone. */
  #first = 0;
  #prints = new Int32Array(2 * ROOM);
  /** The print that was asked for last. */
  #low = 0;
  #high = 0;

  constructor(layout: Layout, { bits = PRINT_BITS, seed = 0 }: Compaction) {
    super(layout.words, ROOM);
    this.#layout = layout;
    this.#seed = seed;
    this.#masks = masksOf(bits);
  }

  override get bytes(): number {
    const kept = 4 * this.words * (this.count - this.#first);
    return kept + this.count * (8 + 4 + 2) + 4 * this.index.length;
  }

  override at(state: number): number {
    return (state - this.#first) * this.words;
  }

  /** What the search looks up next lies anywhere. */
  override fetch(): void {}

  override add(packed: Int32Array, at: number, _hash: number, parent: number, action: number): number {
    this.#print(packed, at);
    const [low, high] = [this.#low, this.#high];
    const { words, index, idMask } = this;
    const mask = index.length - 1;
    const prints = this.#prints;
    const tag = high & ~idMask;
    let slot = slotOf(low, high) & mask;
    for (;;) {
      const entry = index[slot]!;
      if (entry === 0) break;
      if ((entry & ~idMask) === tag) {
        const id = (entry & idMask) - 1;
        if (prints[2 * id] === low && prints[2 * id + 1] === high) return -1 - id;
      }
      slot = (slot + 1) & mask;
    }
    const id = this.count++;
    index[slot] = tag | (id + 1);
    prints[2 * id] = low;
    prints[2 * id + 1] = high;
    const place = this.at(id);
    for (let k = 0; k < words; k++) this.states[place + k] = packed[at + k]!;
    this.parents[id] = parent;
    this.actions[id] = action;
    if (this.count === this.parents.length) this.#enlarge();
    if (this.at(this.count) === this.states.length) this.states = wider(this.states, 2);
    if (this.count > FULLEST * index.length) this.#reindex(2 * index.length);
    return id;
  }

  /** Says that the words of states before this one are needed no more. */
  override forget(before: number): void {
    this.states.copyWithin(0, this.at(before), this.at(this.count));
    this.#first = before;
  }

  override relaid(old: Layout, now: Layout): Store {
    const repack = repacking(old, now);
    const states = new Int32Array((this.states.length / old.words) * now.words);
    for (let k = 0; k < this.count - this.#first; k++) repack(this.states, k * old.words, states, k * now.words);
    this.states = states;
    this.#layout = now;
    this.words = now.words;
    return this;
  }

  /** Of the numbers of the state, one after the other, by two different multipliers. */
  #print(packed: Int32Array, at: number): void {
    const { word, shift, mask } = this.#layout;
    let low = 0x243f6a88 ^ this.#seed;
    let high = 0x13198a2e ^ Math.imul(this.#seed, 0x9e3779b1);
    for (let slot = 0; slot < word.length; slot++) {
      const number = (packed[at + word[slot]!]! >>> shift[slot]!) & mask[slot]!;
      low = Math.imul(low ^ number, 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(high ^ number, 0x5f356495);
      high ^= high >>> 13;
    }
    this.#low = mixed(low) & this.#masks[0];
    this.#high = mixed(high) & this.#masks[1];
  }

  #enlarge(): void {
    this.#prints = wider(this.#prints, GROWTH);
    this.parents = wider(this.parents, GROWTH);
    const actions = new Uint16Array(GROWTH * this.actions.length);
    actions.set(this.actions);
    this.actions = actions;
  }

  #reindex(size: number): void {
    this.index = new Int32Array(size);
    this.idMask = 2 * size - 1;
    const { index, idMask } = this;
    for (let id = 0; id < this.count; id++) {
      const [low, high] = [this.#prints[2 * id]!, this.#prints[2 * id + 1]!];
      let slot = slotOf(low, high) & (size - 1);
      while (index[slot] !== 0) slot = (slot + 1) & (size - 1);
      index[slot] = (high & ~idMask) | (id + 1);
    }
  }
}

/** As many of the low bits. */
/** Which bits of the two words of a print count. */
export const masksOf = (bits: number): readonly [low: number, high: number] => [maskOf(bits), maskOf(bits - 32)];

const maskOf = (bits: number): number => (bits >= 32 ? -1 : bits <= 0 ? 0 : (1 << bits) - 1);

const slotOf = (low: number, high: number): number => mixed(low ^ Math.imul(high, 0x9e3779b1));

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}

function wider(table: Int32Array, times: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(times * table.length);
  larger.set(table);
  return larger;
}
