/** Shards divide the runs, and come together again in the same order. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inOrder, partOf, piecesOf, shardOf, shardRecord, together } from "./shard.ts";

test("Shards together are all pieces, each once and in order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (length, wanted) => {
      const of = Math.min(length, wanted);
      const pieces = Array.from({ length }, (_, k) => k);
      const parts = Array.from({ length: of }, (_, k) => partOf(pieces, { index: k + 1, of }));
      expect(together(parts)).toEqual(pieces);
      const sizes = parts.map((_, k) => piecesOf(shardRecord({ index: k + 1, of }, "", length)));
      expect(parts.map((part) => part.length)).toEqual(sizes);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
    { seed: 20210125 },
  );
});

test.each(["0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", "01/2"])("--shard %s is refused", (text) => {
  expect(() => shardOf(text)).toThrow(`--shard cannot be "${text}".`);
});

test("An empty shard is refused", () => {
  expect(() => partOf([1, 2], { index: 1, of: 3 })).toThrow("--shard 1/3 divides 2 runs.");
  expect(partOf([1, 2], undefined)).toEqual([1, 2]);
});

describe("Files of shards", () => {
  const file = (index: number, of = 3, plan = "a") => ({
    path: `${index}.json`,
    shard: shardRecord({ index, of }, plan, 7),
  });

  test("are put in order", () => {
    expect(inOrder([file(3), file(1), file(2)]).map(({ path }) => path)).toEqual(["1.json", "2.json", "3.json"]);
  });

  test.each([
    ["one is missing", [file(1), file(3)], "shard 2/3 missing."],
    ["two are missing", [file(2)], "shards 1/3, 3/3 missing."],
    [
      "one is there twice",
      [file(1), file(2), { ...file(2), path: "x.json" }, file(3)],
      '"2.json" and "x.json" are both shard 2/3.',
    ],
    ["one is of another run", [file(1), file(2, 3, "b"), file(3)], '"2.json" is a shard of another run than "1.json".'],
    [
      "one is of another division",
      [file(1), file(2, 4), file(3)],
      '"2.json" is a shard of another division than "1.json".',
    ],
    ["one is no shard", [file(1), { path: "y.json", shard: undefined }], '"y.json" is no shard.'],
  ])("are refused when %s", (_name, files, message) => {
    expect(() => inOrder(files)).toThrow(message);
  });
});
