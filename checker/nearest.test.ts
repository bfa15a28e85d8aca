import { describe, expect, test } from "vitest";
import { distance, nearest, nearestOf } from "./nearest.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
  ["flaw", "lawn", 2],
  ["same", "same", 0],
] as const)("from %j to %j it is %i changes", (from, to, changes) => {
  expect(distance(from, to)).toBe(changes);
});

describe("nearest names", () => {
  test("a slip of the hand finds the name, nearest first", () => {
    expect(nearest("smmu-prl", ["riscv", "smmu-stall", "smmu-pri"])[0]).toBe("smmu-pri");
    expect(nearest("pqUsabel", ["pqEntries", "pqUsable", "prgiScope"])).toEqual(["pqUsable"]);
    expect(nearest("ovflastresponse", ["ovfLastResponse", "offLastResponse"])).toEqual([
      "ovfLastResponse",
      "offLastResponse",
    ]);
  });

  test("eight at most, and none beyond half of the name", () => {
    const names = Array.from({ length: 20 }, (_, k) => `knob${k}`);
    expect(nearest("knob", names)).toHaveLength(8);
    expect(nearest("abcdef", ["abcxyz", "abwxyz"])).toEqual(["abcxyz"]);
  });

  test("a message ends with them, or with nothing", () => {
    expect(nearestOf("vtb", ["vtd"])).toBe(" Nearest: vtd.");
    expect(nearestOf("zzzzzzzz", ["vtd"])).toBe("");
  });

  test("a part of the name finds it", () => {
    expect(nearest("stall", ["smmu-stall", "vtd"])).toEqual(["smmu-stall"]);
  });

  test("a name that is nothing like any finds none", () => {
    expect(nearest("zzzzzzzz", ["pqEntries", "pqUsable"])).toEqual([]);
  });
});
