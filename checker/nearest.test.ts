import { describe, expect, test } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest names", () => {
  test("a slip of the hand finds the name, nearest first", () => {
    expect(nearest("smmu-prl", ["riscv", "smmu-stall", "smmu-pri"])[0]).toBe("smmu-pri");
    expect(nearest("pqUsabel", ["pqEntries", "pqUsable", "prgiScope"])).toEqual(["pqUsable"]);
    expect(nearest("ovflastresponse", ["ovfLastResponse", "offLastResponse"])).toEqual([
      "ovfLastResponse",
      "offLastResponse",
    ]);
  });

  test("a part of the name finds it", () => {
    expect(nearest("stall", ["smmu-stall", "vtd"])).toEqual(["smmu-stall"]);
  });

  test("a name that is nothing like any finds none", () => {
    expect(nearest("zzzzzzzz", ["pqEntries", "pqUsable"])).toEqual([]);
  });
});
