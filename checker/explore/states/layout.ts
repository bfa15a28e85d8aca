/** Where each slot of a state vector lies in the packed words of a state. */
import { ModelError } from "../../system.ts";

export interface Layout {
  /** 32-bit words of one state. */
  readonly words: number;
  readonly word: Int32Array;
  readonly shift: Int32Array;
  readonly mask: Int32Array;
}

/** A slot with more than two values is likely to get more: a layout with room for twice as many is made less often. */
export const withRoom = (size: number): number => (size > 2 ? 2 * size : size);

const bitsFor = (values: number): number => Math.max(1, 32 - Math.clz32(values - 1));

/**
 * First fit of the widest first. Slots get the bits that `sizes` needs now; the bits left over in the words are handed out one
 * by one to the slots most likely to outgrow theirs (least room relative to size).
 */
export function layoutFor(sizes: readonly number[]): Layout {
  const bits = sizes.map((size) => bitsFor(Math.max(2, size)));
  const order = bits.map((_, slot) => slot).sort((a, b) => bits[b]! - bits[a]! || a - b);
  for (let words = Math.max(1, Math.ceil(bits.reduce((sum, b) => sum + b, 0) / 32)); words <= sizes.length; words++) {
    const free = new Array<number>(words).fill(32);
    const word = new Int32Array(sizes.length).fill(-1);
    for (const slot of order) {
      const fit = free.findIndex((room) => room >= bits[slot]!);
      if (fit < 0) break;
      word[slot] = fit;
      free[fit]! -= bits[slot]!;
    }
    if (word.includes(-1)) continue;
    for (let w = 0; w < words; w++) {
      const here = order.filter((slot) => word[slot] === w && sizes[slot]! > 1);
      while (free[w]! > 0 && here.length > 0) {
        here.sort((a, b) => 2 ** bits[a]! / sizes[a]! - 2 ** bits[b]! / sizes[b]! || a - b);
        if (bits[here[0]!]! >= 24) break;
        bits[here[0]!]!++;
        free[w]!--;
      }
    }
    const shift = new Int32Array(sizes.length);
    const used = new Array<number>(words).fill(0);
    for (const slot of order) {
      shift[slot] = used[word[slot]!]!;
      used[word[slot]!]! += bits[slot]!;
    }
    return { words, word, shift, mask: Int32Array.from(bits, (b) => (b >= 32 ? -1 : (1 << b) - 1)) };
  }
  throw new ModelError("A component has more than 2^32 snapshots.");
}

/** Writes the numbers of the slots into the first words of `into`. */
export function pack({ words, word, shift }: Layout, vector: Int32Array, into: Int32Array): void {
  into.fill(0, 0, words);
  for (let slot = 0; slot < vector.length; slot++)
    into[word[slot]!] = into[word[slot]!]! | (vector[slot]! << shift[slot]!);
}

/** Reads the numbers of the slots from the words at `at`. */
export function unpack({ word, shift, mask }: Layout, words: Int32Array, at: number, into: Int32Array): void {
  for (let slot = 0; slot < into.length; slot++) into[slot] = (words[at + word[slot]!]! >>> shift[slot]!) & mask[slot]!;
}

/** Turns the words of a state in one layout into its words in another. */
export function repacking(
  old: Layout,
  now: Layout,
): (from: Int32Array, at: number, to: Int32Array, there: number) => void {
  const vector = new Int32Array(now.mask.length);
  const packed = new Int32Array(now.words);
  return (from, at, to, there) => {
    unpack(old, from, at, vector);
    pack(now, vector, packed);
    to.set(packed, there);
  };
}
