import { describe, expect, test } from "vitest";
import { expectNoViolation, LARGE, SMALL, unseen } from "./proof.ts";

const transports = ["pri"] as const;

describe("CRD: credits of page requests", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("CRD", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("CRD", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expect(unseen("CRD")).toEqual([]);
  });
});
