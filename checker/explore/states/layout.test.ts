import fc from "fast-check";
import { expect, test } from "vitest";
import { layoutFor, withRoom } from "./layout.ts";

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100_000 })), {
  minLength: 1,
  maxLength: 40,
});

test("a layout holds every number that each slot needs, and no two slots share a bit", () => {
  fc.assert(
    fc.property(sizes, (all) => {
      const { words, word, shift, mask } = layoutFor(all);
      const used = new Array<bigint>(words).fill(0n);
      all.forEach((size, slot) => {
        expect(mask[slot]).toBeGreaterThanOrEqual(size - 1);
        const bits = BigInt(mask[slot]!) << BigInt(shift[slot]!);
        expect(bits).toBeLessThan(2n ** 32n);
        expect(used[word[slot]!]! & bits).toBe(0n);
        used[word[slot]!]! |= bits;
      });
    }),
  );
});

test("a layout is narrow: one more word than the bits need at the most", () => {
  fc.assert(
    fc.property(sizes, (all) => {
      const bits = all.reduce((sum, size) => sum + Math.max(1, Math.ceil(Math.log2(size))), 0);
      // First fit of the widest first leaves less than half of every word but the last one empty.
      expect(layoutFor(all).words).toBeLessThanOrEqual(Math.max(1, Math.ceil(bits / 16)));
    }),
  );
});

test("bits that are left over go to the slots that are fullest", () => {
  const { words, mask } = layoutFor([2, 1000, 3]);
  expect(words).toBe(1);
  expect(mask[0]! + 1).toBeGreaterThan(2);
  expect(mask[1]! + 1).toBeGreaterThan(1024);
  expect(mask[2]! + 1).toBeGreaterThan(4);
});

test("with room, a slot that has more than two values may get as many again before it outgrows its bits", () => {
  const counts = [1, 2, 3, 4, 1_000];
  const { mask } = layoutFor(counts.map(withRoom));
  expect(counts.every((count, slot) => mask[slot]! + 1 >= (count > 2 ? 2 * count : count))).toBe(true);
  expect(counts.map(withRoom)).toEqual([1, 2, 6, 8, 2_000]);
});

test("a slot gets the bits that its values need, and no more while others need them", () => {
  // [values, bits]
  for (const [values, bits] of [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [16, 4],
    [17, 5],
    [256, 8],
    [65_536, 16],
  ] as const) {
    const count = Math.floor(32 / bits);
    // One more slot than fits leaves no bit over in the first word.
    const { words, mask } = layoutFor(Array<number>(count).fill(values));
    expect(words, `${values} values`).toBe(1);
    if (32 % bits === 0) expect([...mask], `${values} values`).toEqual(Array(count).fill(2 ** bits - 1));
    expect(layoutFor(Array<number>(count + 1).fill(values)).words, `${values} values`).toBe(2);
  }
});

test("bits that are left over go to the slots with the least room, one by one", () => {
  // Three bits each for 5, 6 and 7 values, and 23 left over.
  expect([...layoutFor([5, 6, 7]).mask].map((mask) => Math.log2(mask + 1))).toEqual([10, 11, 11]);
  // A slot with one value gets none, and one slot at most 24.
  expect([...layoutFor([1, 3]).mask].map((mask) => Math.log2(mask + 1))).toEqual([1, 24]);
});
