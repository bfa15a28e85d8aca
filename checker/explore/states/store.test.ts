import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FETCH, hashOf, Store } from "./store.ts";

/** Adds rows and holds every answer against a map. */
function expectLikeMap(store: Store, rows: readonly (readonly number[])[], numbers: Map<string, number>): void {
  const packed = new Int32Array(store.words + 3);
  rows.forEach((row, k) => {
    packed.set(row, 3);
    const key = row.join(",");
    const known = numbers.get(key);
    const id = store.add(packed, 3, hashOf(packed, 3, store.words), k, k & 0xffff);
    if (known !== undefined) expect(id).toBe(-1 - known);
    else {
      expect(id).toBe(numbers.size);
      expect([store.parents[id], store.actions[id]]).toEqual([k, k & 0xffff]);
      numbers.set(key, id);
    }
  });
  expect(store.count).toBe(numbers.size);
  for (const [key, id] of numbers) {
    const at = id * store.words;
    if (store.states.subarray(at, at + store.words).join(",") !== key) throw new Error(`state ${id} is not ${key}`);
  }
}

const rowOf = (words: number) => fc.array(fc.oneof(fc.nat(3), fc.integer()), { minLength: words, maxLength: words });
const anyRows = fc
  .integer({ min: 1, max: 4 })
  .chain((words) => fc.tuple(fc.constant(words), fc.array(rowOf(words), { maxLength: 500, size: "max" })));

describe("the store", () => {
  test("answers as a map would", () => {
    fc.assert(
      fc.property(anyRows, ([words, rows]) => {
        expectLikeMap(new Store(words, 4), rows, new Map());
      }),
      { numRuns: 60 },
    );
  });

  test("through every growth of the table and of the index, for many states", () => {
    const rows = Array.from({ length: 60_000 }, (_, k) => [k % 50_000, (k % 50_000) >> 4]);
    expectLikeMap(new Store(2, 2), rows, new Map());
  });

  test("tells states with one hash apart, whichever word they differ in", () => {
    const store = new Store(2);
    const rows = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].map((b) => Int32Array.from([a, b])));
    expect(rows.map((row) => store.add(row, 0, 0x5eed, 0, 0))).toEqual(rows.map((_, k) => k));
    expect(rows.map((row) => store.add(row, 0, 0x5eed, 0, 0))).toEqual(rows.map((_, k) => -1 - k));
  });

  test("fetching ahead changes nothing, also in an empty store", () => {
    const store = new Store(3);
    store.fetch(new Int32Array(FETCH).fill(-1), FETCH);
    expectLikeMap(
      store,
      [
        [1, 2, 3],
        [1, 2, 3],
        [4, 5, 6],
      ],
      new Map(),
    );
    store.fetch(Int32Array.from([hashOf(Int32Array.from([1, 2, 3]), 0, 3)]), 1);
    expect(store.count).toBe(2);
  });

  test("repacked into more words it knows the same states under the same numbers", () => {
    fc.assert(
      fc.property(fc.array(rowOf(2), { maxLength: 200 }), fc.array(rowOf(2), { maxLength: 200 }), (before, later) => {
        const narrow = new Store(2, 4);
        const numbers = new Map<string, number>();
        expectLikeMap(narrow, before, numbers);
        const wide = narrow.repacked(3, (from, at, to, there) => {
          to[there] = from[at]!;
          to[there + 2] = from[at + 1]!;
        });
        const widened = new Map([...numbers].map(([key, id]) => [key.replace(",", ",0,"), id]));
        expectLikeMap(
          wide,
          [...before, ...later].map(([a, b]) => [a!, 0, b!]),
          widened,
        );
      }),
      { numRuns: 60 },
    );
  });
});

test("the hash moves about half of its bits when one bit of the state moves", () => {
  fc.assert(
    fc.property(rowOf(3), fc.nat(95), (row, bit) => {
      const a = Int32Array.from(row);
      const b = Int32Array.from(row);
      b[bit >> 5]! ^= 1 << (bit & 31);
      expect(hashOf(a, 0, 3)).not.toBe(hashOf(b, 0, 3));
    }),
  );
  let moved = 0;
  for (let k = 0; k < 1_000; k++) {
    const a = Int32Array.from([k, k * 7]);
    const b = Int32Array.from([k, (k * 7) ^ (1 << (k % 16))]);
    for (let x = hashOf(a, 0, 2) ^ hashOf(b, 0, 2); x !== 0; x &= x - 1) moved++;
  }
  expect(moved / 1_000).toBeGreaterThan(14);
  expect(moved / 1_000).toBeLessThan(18);
});
