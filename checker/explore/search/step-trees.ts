/**
 * Steps as decision trees. A step reads slots in an order that only what it read so far decides, and then changes some of
 * them. For each slot, number and action there is a tree over what else is read; a leaf says which bits of the packed state
 * are turned over. A leaf is filled by taking the step once on the core, the only place where rules are, and confirmed by taking
 * it again from the second state that comes to it.
 */
import type { Core } from "../../kernel/core.ts";
import type { Layout } from "../states/layout.ts";
import { hashOf } from "../states/store.ts";

/** In the place of a reference to a node: nothing is known yet. Other numbers below 0 are leaves, see `leafOf`. */
export const UNKNOWN = -1;
/** The leaf of a step that is refused. */
export const REFUSED = 0;

/** A reference to a leaf holds its number, and whether it still has to be confirmed. */
const reference = (leaf: number, isFresh: boolean): number => -2 - 2 * leaf - (isFresh ? 1 : 0);
export const leafOf = (ref: number): number => (-2 - ref) >> 1;
export const isFresh = (ref: number): boolean => ((-2 - ref) & 1) !== 0;

/** A node: word, shift and mask of the slot read, how many pages it has, and then the pages; a page has 32 references. */
export const PAGES = 3;
const PAGE_BITS = 5;
const PAGE = 1 << PAGE_BITS;
/** An entry of a list: number of the action, its outcome, and a reference to its tree. */
export const ENTRY = 3;
export const ROOT = 2;

/** Where tables of step trees lie. Each call gives a table with what `old` holds and room for `length` numbers or more. */
export interface Ground {
  readonly cells: (old: Int32Array, length: number) => Int32Array;
  readonly leaves: (old: Int32Array, length: number) => Int32Array;
  /** The lists of what can happen in a slot, by its number. */
  readonly head: (slot: number, old: Int32Array, length: number) => Int32Array;
}

function grown(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(Math.max(length, 2 * old.length));
  wider.set(old);
  return wider;
}

/** Each table by itself. */
const APART: Ground = { cells: grown, leaves: grown, head: (_, old, length) => grown(old, length) };
const NOTHING = new Int32Array(0);

export class StepTrees {
  /** Lists, nodes and pages; a list is how many entries it has, and then these. */
  cells: Int32Array;
  /** Leaves, of `stride` words each: the bits turned over, a bit for each slot touched (mod 32), and its place in `slots`. */
  leaves: Int32Array;
  /** The slots that leaves touch: how many, and then these. */
  slots = new Int32Array(256);
  readonly stride: number;
  /** How many leaves were confirmed from a second state. */
  confirmed = 0;
  /** By slot and number: the list of what can happen there, or 0 where it was not asked for yet. */
  readonly heads: Int32Array[];
  readonly #core: Core;
  readonly #layout: Layout;
  #ground: Ground;
  /** By hash of a leaf and what it touches: its number. Of leaves with one hash, the later ones are at the hashes after it. */
  readonly #leafNumbers = new Map<number, number>();
  /** The leaf of the step taken last, and the slots that it touches. */
  readonly #leaf: Int32Array;
  #used: number;
  #slotsUsed = 0;
  #headCells: number;
  readonly #empty: number;
  readonly #noPage: number;
  readonly #before: Int32Array;

  constructor(core: Core, layout: Layout, ground = APART) {
    this.#core = core;
    this.#layout = layout;
    this.#ground = ground;
    this.stride = layout.words + 2;
    this.cells = ground.cells(NOTHING, 1 << 14);
    this.leaves = ground.leaves(NOTHING, 64 * this.stride);
    this.#leaf = new Int32Array(layout.words + 1 + core.slots);
    this.heads = Array.from({ length: core.slots }, (_, slot) => ground.head(slot, NOTHING, 16));
    this.#before = new Int32Array(core.slots);
    this.#headCells = 16 * core.slots;
    // The empty list, at a place above 0, and the page of which nothing is known.
    this.#empty = 1;
    this.#noPage = 2;
    this.#used = 2 + PAGE;
    this.cells.fill(UNKNOWN, this.#noPage, this.#used);
  }

  get bytes(): number {
    const leaves = (this.#leafNumbers.size + 1) * this.stride;
    return 4 * (this.#used + 2 * leaves + 2 * this.#slotsUsed + this.#headCells);
  }

  /** Moves all tables to another ground. */
  settle(ground = APART): void {
    this.#ground = ground;
    this.cells = ground.cells(this.cells.subarray(0, this.#used), this.#used);
    const leaves = (this.#leafNumbers.size + 1) * this.stride;
    this.leaves = ground.leaves(this.leaves.subarray(0, leaves), leaves);
    for (const [slot, head] of this.heads.entries()) this.heads[slot] = ground.head(slot, head, head.length);
  }

  /** The list of what can happen in the slot when it holds the number. */
  list(slot: number, number: number): number {
    const known = this.heads[slot]![number];
    if (known !== undefined && known !== 0) return known;
    const core = this.#core;
    let pairs: ArrayLike<number> = [];
    if (slot < core.componentCount) pairs = core.choices(slot, number);
    else if (number !== 0) pairs = [core.actionOfDelivery(slot), -1];
    let list = this.#empty;
    if (pairs.length > 0) {
      list = this.#take(1 + (ENTRY * pairs.length) / 2);
      this.cells[list] = pairs.length / 2;
      for (let k = 0, at = list + 1; k < pairs.length; k += 2, at += ENTRY) {
        this.cells[at] = pairs[k]!;
        this.cells[at + 1] = pairs[k + 1]!;
        this.cells[at + ROOT] = UNKNOWN;
      }
    }
    if (number >= this.heads[slot]!.length) {
      const wider = this.#ground.head(slot, this.heads[slot]!, 2 * (number + 1));
      this.#headCells += wider.length - this.heads[slot]!.length;
      this.heads[slot] = wider;
    }
    this.heads[slot]![number] = list;
    return list;
  }

  /**
   * Fills the leaf of the entry for the vector; false when a number that the step leads to does not fit the layout. `met` is told
   * every slot that the step touches, with its number.
   */
  fill(vector: Int32Array, slot: number, entry: number, met: (slot: number, number: number) => void): boolean {
    const leaf = this.#leafFor(vector, slot, entry, met);
    if (leaf < 0) return false;
    this.cells[this.#placeFor(vector, entry)] = reference(leaf, true);
    return true;
  }

  /** Takes the step of the leaf in the cell from a second state. */
  confirm(vector: Int32Array, slot: number, entry: number, cell: number): void {
    const leaf = leafOf(this.cells[cell]!);
    if (this.#leafFor(vector, slot, entry, () => {}) !== leaf || this.#placeFor(vector, entry) !== cell)
      throw new Error(`A step of "${this.#core.slotName(slot)}" depends on more than it is known to read.`);
    this.cells[cell] = reference(leaf, false);
    this.confirmed++;
  }

  /** The leaf that says what the step does, or -1 when it does not fit the layout. The core then knows what it read. */
  #leafFor(vector: Int32Array, slot: number, entry: number, met: (slot: number, number: number) => void): number {
    const core = this.#core;
    const { word, shift, mask, words } = this.#layout;
    const leaf = this.#leaf;
    for (let one = 0; one < vector.length; one++) this.#before[one] = vector[one]!;
    core.vector.set(this.#before);
    const isTaken =
      slot < core.componentCount ? core.takeChoice(slot, this.cells[entry + 1]!) : core.takeDelivery(slot);
    if (!isTaken) return REFUSED;
    const { touchedCount, touched, before } = core;
    let fits = true;
    leaf.fill(0, 0, words + 1);
    for (let k = 0; k < touchedCount; k++) {
      const one = touched[k]!;
      const now = core.vector[one]!;
      met(one, now);
      if (now > mask[one]!) fits = false;
      leaf[word[one]!]! ^= (before[k]! ^ now) << shift[one]!;
      leaf[words]! |= 1 << (one & 31);
      leaf[words + 1 + k] = one;
    }
    core.undo();
    return fits ? this.#numberOf(words + 1 + touchedCount) : -1;
  }

  /** The number of the leaf that lies in the first `length` words of `#leaf`. */
  #numberOf(length: number): number {
    let hash = hashOf(this.#leaf, 0, length);
    for (;;) {
      const known = this.#leafNumbers.get(hash);
      if (known === undefined) break;
      if (this.#isLeaf(known, length)) return known;
      hash = (hash + 1) | 0;
    }
    const { words } = this.#layout;
    const number = this.#leafNumbers.size + 1;
    this.#leafNumbers.set(hash, number);
    const end = (number + 1) * this.stride;
    if (end > this.leaves.length) this.leaves = this.#ground.leaves(this.leaves, end);
    this.leaves.set(this.#leaf.subarray(0, words + 1), number * this.stride);
    this.leaves[number * this.stride + words + 1] = this.#keepSlots(this.#leaf.subarray(words + 1, length));
    return number;
  }

  #isLeaf(number: number, length: number): boolean {
    const { words } = this.#layout;
    const at = number * this.stride;
    const touched = this.leaves[at + words + 1]!;
    if (this.slots[touched] !== length - words - 1) return false;
    for (let k = 0; k <= words; k++) if (this.leaves[at + k] !== this.#leaf[k]) return false;
    for (let k = words + 1; k < length; k++) if (this.slots[touched + k - words] !== this.#leaf[k]) return false;
    return true;
  }

  #keepSlots(touched: Int32Array): number {
    const at = this.#slotsUsed;
    this.#slotsUsed += 1 + touched.length;
    if (this.#slotsUsed > this.slots.length) this.slots = grown(this.slots, this.#slotsUsed);
    this.slots[at] = touched.length;
    this.slots.set(touched, at + 1);
    return at;
  }

  /** The cell of the leaf for what the core just read; nodes and pages that are missing on the way are made. */
  #placeFor(vector: Int32Array, entry: number): number {
    const { reads, readCount } = this.#core;
    let at = entry + ROOT;
    for (let k = 1; k < readCount; k++) {
      const slot = reads[k]!;
      const page = vector[slot]! >>> PAGE_BITS;
      const node = this.#nodeAt(at, slot, page);
      at = node + PAGES + 1 + page;
      if (this.cells[at] === this.#noPage) {
        const fresh = this.#take(PAGE);
        this.cells.fill(UNKNOWN, fresh, fresh + PAGE);
        this.cells[at] = fresh;
      }
      at = this.cells[at]! + (vector[slot]! & (PAGE - 1));
    }
    return at;
  }

  /** The node that the cell refers to, with as many pages as the number needs. */
  #nodeAt(cell: number, slot: number, page: number): number {
    const { word, shift, mask } = this.#layout;
    const old = this.cells[cell]!;
    if (old >= 0 && (this.cells[old] !== word[slot] || this.cells[old + 1] !== shift[slot]))
      throw new Error(`A step that has read the same now reads "${this.#core.slotName(slot)}".`);
    const had = old >= 0 ? this.cells[old + PAGES]! : 0;
    if (page < had) return old;
    const pages = Math.max(page + 1, 2 * had, (this.#core.sizeOf(slot) + PAGE - 1) >>> PAGE_BITS);
    const node = this.#take(PAGES + 1 + pages);
    this.cells.set([word[slot]!, shift[slot]!, mask[slot]!, pages], node);
    this.cells.fill(this.#noPage, node + PAGES + 1, node + PAGES + 1 + pages);
    if (had > 0) this.cells.copyWithin(node + PAGES + 1, old + PAGES + 1, old + PAGES + 1 + had);
    this.cells[cell] = node;
    return node;
  }

  #take(length: number): number {
    const end = this.#used + length;
    if (end > this.cells.length) this.cells = this.#ground.cells(this.cells, end);
    this.#used = end;
    return end - length;
  }
}
