import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri", "stall"] as const;

describe("PIN: pinned pages and what is charged for them", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("PIN", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("PIN", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("PIN");
  });
});
