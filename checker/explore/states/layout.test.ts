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
