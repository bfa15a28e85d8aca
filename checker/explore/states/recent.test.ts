import fc from "fast-check";
import { expect, test } from "vitest";
import { Recent } from "./recent.ts";

test("only what was met is said to be met, whatever the hash", () => {
  const row = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.constantFrom(0, 1, 8_192, -1)), { maxLength: 200 }), (rows) => {
      const recent = new Recent(3, Int32Array.from([1, 1, 1]));
      const met = new Set(["1,1,1"]);
      for (const [words, hash] of rows) {
        const key = words.join(",");
        if (recent.met(Int32Array.from([9, ...words]), 1, hash)) expect(met).toContain(key);
        met.add(key);
        expect(recent.met(Int32Array.from(words), 0, hash)).toBe(true);
      }
    }),
  );
});
