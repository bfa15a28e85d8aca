/**
 * States that exchanges turn into each other form an orbit; of each orbit a search keeps one. It is the one whose numbers,
 * compared slot by slot, are the least: numbers never change within one core, so every state of the orbit leads to it.
 */
import type { Core } from "../../kernel/core.ts";
import type { Permutations } from "../../permute.ts";
import { groupOf, type Exchange } from "./group.ts";
import type { Instance } from "../claims/instances.ts";
import type { Layout } from "../states/layout.ts";

const FIRST_ROOM = 16;

/** Images by slot, number and exchange; where those of each slot begin, and for how many numbers; the slots compared. */
interface Asked {
  readonly images: Int32Array;
  readonly base: Int32Array;
  readonly room: Int32Array;
  readonly places: Int32Array;
}

export class Orbits {
  readonly exchanges: readonly Exchange[];
  /** How many states the orbit has of the state that was looked at last. */
  size = 1;
  readonly #core: Core;
  readonly #order: number;
  /** For each slot and number, the number plus 1 under each exchange; 0 where it was not asked yet. */
  #images: Int32Array;
  readonly #base: Int32Array;
  readonly #room: Int32Array;
  /** By exchange and slot: the slot that takes its place. */
  readonly #sources: Int32Array;
  /** The slots that some exchange changes, in the order in which they are compared. */
  #places: Int32Array;

  constructor(core: Core, instances: readonly Instance[]) {
    this.#core = core;
    this.exchanges = groupOf(core, instances);
    this.#order = this.exchanges.length;
    this.#base = Int32Array.from({ length: core.slots }, (_, slot) => slot * FIRST_ROOM);
    this.#room = new Int32Array(core.slots).fill(FIRST_ROOM);
    this.#images = new Int32Array(core.slots * FIRST_ROOM * this.#order);
    this.#sources = new Int32Array(core.slots * this.#order);
    for (const [e, { slots }] of this.exchanges.entries())
      for (let slot = 0; slot < core.slots; slot++) this.#sources[e * core.slots + slots[slot]!] = slot;
    const isMoved = (slot: number): boolean => this.exchanges.some(({ slots }) => slots[slot] !== slot);
    this.#places = Int32Array.from(Array.from({ length: core.slots }, (_, slot) => slot).filter(isMoved));
    this.#meetAll();
  }

  /** Asks for the images of everything that the core knows so far. */
  #meetAll(): void {
    const { slots } = this.#core;
    let before: number;
    const known = (): number =>
      Array.from({ length: slots }, (_, s) => this.#core.sizeOf(s)).reduce((a, b) => a + b, 0);
    do {
      before = known();
      for (let slot = 0; slot < slots; slot++)
        for (let number = 0; number < this.#core.sizeOf(slot); number++) this.meet(slot, number);
    } while (known() > before);
  }

  /** What was asked so far, to go on with it later: the order of the places decides which state stands for an orbit. */
  get asked(): Asked {
    const [images, base, room, places] = [this.#images, this.#base, this.#room, this.#places];
    return { images, base, room, places };
  }

  set asked({ images, base, room, places }: Asked) {
    this.#images = images;
    this.#base.set(base);
    this.#room.set(room);
    this.#places = places;
  }

  /** Must have been called for each number in a vector before the vector is looked at. */
  meet(slot: number, number: number): void {
    if (number < this.#room[slot]! && this.#images[(this.#base[slot]! + number) * this.#order] !== 0) return;
    this.#ask(slot, number);
  }

  /** The number that takes, in the slot in whose place the exchange puts this one, the place of the number. */
  imageOf(exchange: number, slot: number, number: number): number {
    this.meet(slot, number);
    return this.#images[(this.#base[slot]! + number) * this.#order + exchange]! - 1;
  }

  /** The slot that the exchange puts in the place of this one. */
  sourceOf(exchange: number, slot: number): number {
    return this.#sources[exchange * this.#core.slots + slot]!;
  }

  /** A bit (slot mod 32) for each slot in whose place the exchange puts one of the `count` slots in `touched`. */
  touched(exchange: number, touched: Int32Array, from: number, count: number): number {
    const { slots } = this.exchanges[exchange]!;
    let bits = 0;
    for (let k = from; k < from + count; k++) bits |= 1 << (slots[touched[k]!]! & 31);
    return bits;
  }

  /** The exchange that turns the state into that which stands for its orbit; sets `size`. */
  toRepresentative(vector: Int32Array): number {
    const [images, base, sources, places] = [this.#images, this.#base, this.#sources, this.#places];
    const order = this.#order;
    const width = vector.length;
    const count = places.length;
    let best = 0;
    let same = 1;
    for (let e = 1; e < order; e++) {
      let k = 0;
      for (; k < count; k++) {
        const place = places[k]!;
        const from = sources[e * width + place]!;
        const bestFrom = sources[best * width + place]!;
        const number = images[(base[from]! + vector[from]!) * order + e]!;
        const least = images[(base[bestFrom]! + vector[bestFrom]!) * order + best]!;
        if (number === least) continue;
        if (number < least) {
          best = e;
          same = 1;
        }
        break;
      }
      if (k === count) same++;
    }
    this.size = order / same;
    return best;
  }

  /** How many states the orbit has of a state that is stored, so that all its numbers are known. */
  sizeOf(vector: Int32Array): number {
    this.toRepresentative(vector);
    return this.size;
  }

  /** `toRepresentative` of the vector after the last step of the core, all of whose other numbers are known. */
  afterStep(): number {
    const { vector, touched, touchedCount } = this.#core;
    for (let k = 0; k < touchedCount; k++) this.meet(touched[k]!, vector[touched[k]!]!);
    return this.toRepresentative(vector);
  }

  /** The number that the slot has in the exchanged vector. */
  exchanged(exchange: number, vector: Int32Array, slot: number): number {
    const from = this.#sources[exchange * vector.length + slot]!;
    return this.#images[(this.#base[from]! + vector[from]!) * this.#order + exchange]! - 1;
  }

  /** Packs the exchanged vector into the words from `at` on; false when a number does not fit the layout. */
  pack(exchange: number, vector: Int32Array, layout: Layout, into: Int32Array, at: number): boolean {
    const { word, shift, mask, words } = layout;
    into.fill(0, at, at + words);
    for (let slot = 0; slot < mask.length; slot++) {
      const now = this.exchanged(exchange, vector, slot);
      if (now > mask[slot]!) return false;
      const w = at + word[slot]!;
      into[w] = into[w]! | (now << shift[slot]!);
    }
    return true;
  }

  vectorUnder(exchange: number, vector: Int32Array): Int32Array {
    return vector.map((_, slot) => this.exchanged(exchange, vector, slot));
  }

  /** The exchange that does `first` and then `then`. */
  composed(then: number, first: number): number {
    const [after, before] = [this.exchanges[then]!.permutations, this.exchanges[first]!.permutations];
    return this.#numberOf(
      Object.fromEntries(Object.entries(before).map(([sort, to]) => [sort, to.map((value) => after[sort]![value]!)])),
    );
  }

  inverse(exchange: number): number {
    const inverted = (to: readonly number[]): readonly number[] => to.map((_, value) => to.indexOf(value));
    return this.#numberOf(
      Object.fromEntries(
        Object.entries(this.exchanges[exchange]!.permutations).map(([sort, to]) => [sort, inverted(to)]),
      ),
    );
  }

  #numberOf(wanted: Permutations): number {
    return this.exchanges.findIndex(({ permutations }) =>
      Object.entries(wanted).every(([sort, to]) => to.every((there, value) => permutations[sort]![value] === there)),
    );
  }

  #ask(slot: number, number: number): void {
    if (number >= this.#room[slot]!) this.#enlarge(slot, number + 1);
    const found = this.exchanges.map(({ image }, e) => (e === 0 ? number : image(slot, number)));
    for (const [e, id] of found.entries()) this.#images[(this.#base[slot]! + number) * this.#order + e] = id + 1;
    const changes = found.some((id, e) => id !== number || this.exchanges[e]!.slots[slot] !== slot);
    // A slot that no exchange has changed so far made no difference in any comparison: it may come last.
    if (changes && !this.#places.includes(slot)) this.#places = Int32Array.from([...this.#places, slot]);
    for (const [e, id] of found.entries()) this.meet(this.exchanges[e]!.slots[slot]!, id);
  }

  #enlarge(slot: number, size: number): void {
    const room = Math.max(size, 2 * this.#room[slot]!);
    const end = (this.#base[slot]! + this.#room[slot]!) * this.#order;
    const added = room - this.#room[slot]!;
    const wider = new Int32Array(this.#images.length + added * this.#order);
    wider.set(this.#images.subarray(0, end));
    wider.set(this.#images.subarray(end), end + added * this.#order);
    this.#images = wider;
    this.#room[slot] = room;
    for (let later = slot + 1; later < this.#base.length; later++) this.#base[later] = this.#base[later]! + added;
  }
}
