import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["stall"] as const;

describe("STL: stalled transactions", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("STL", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("STL", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("STL");
  });
});
