import fc from "fast-check";
import { expect, test } from "vitest";
import { Pairs } from "./pairs.ts";

test("pairs are numbered as a map would number them, through every growth", () => {
  const number = fc.oneof(fc.nat(40), fc.nat(2 ** 31 - 1), fc.constant(0));
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { maxLength: 2_000, size: "max" }), (list) => {
      const pairs = new Pairs();
      const numbers = new Map<string, number>();
      for (const [a, b] of list) {
        const key = `${a},${b}`;
        const isNew = !numbers.has(key);
        if (isNew) numbers.set(key, numbers.size);
        expect(pairs.find(a, b)).toBe(numbers.get(key));
        expect(pairs.isNew).toBe(isNew);
      }
      expect(pairs.size).toBe(numbers.size);
    }),
    { numRuns: 30 },
  );
});
