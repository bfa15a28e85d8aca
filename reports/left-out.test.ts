import { describe, expect, test } from "vitest";
import { propertyWith, runWith } from "./example.ts";
import { leftOutGroups, leftOutLines } from "./left-out.ts";
import { familyVerdicts } from "./standing.ts";

const leftOut = [
  { ids: ["PRQ-3", "PRQ-10"], because: "credits=1, slots=1" },
  { ids: ["GRP-2"], because: 'GRP-1 ("A group is built") never occurs' },
];
const withAll = { ...runWith([propertyWith("PRQ-2", { kind: "holds" }), propertyWith("GRP-2", { kind: "holds" })]) };
const without = { ...runWith([propertyWith("PRQ-2", { kind: "holds" })]), leftOut };

describe("what was not claimed", () => {
  test("is told of one run with its reasons", () => {
    expect(leftOutGroups(without)).toEqual([
      "PRQ-3, PRQ-10 (credits=1, slots=1)",
      'GRP-2 (GRP-1 ("A group is built") never occurs)',
    ]);
    expect(leftOutLines([without])).toEqual([
      'Not claimed here, unmap vtd rfc-v2 premap=1: PRQ-3, PRQ-10 (credits=1, slots=1); GRP-2 (GRP-1 ("A group is built") never occurs).',
    ]);
    expect(leftOutLines([withAll])).toEqual([]);
  });

  test("is told of several runs as far as none of them claims it", () => {
    expect(leftOutLines([without, withAll])).toEqual(["Not claimed in any of the runs of unmap: PRQ-3, PRQ-10."]);
  });

  test("is missing where a family is said to hold", () => {
    expect(familyVerdicts(without)).toBe("holds PRQ(1/3)");
    expect(familyVerdicts(withAll)).toBe("holds PRQ GRP");
  });
});
