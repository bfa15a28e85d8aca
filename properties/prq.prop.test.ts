import { describe, expect, test } from "vitest";
import { expectNoViolation, LARGE, SMALL, unseen } from "./proof.ts";

const transports = ["pri"] as const;

describe("PRQ: the page-request queue and its overflow", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("PRQ", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("PRQ", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expect(unseen("PRQ")).toEqual([]);
  });
});
