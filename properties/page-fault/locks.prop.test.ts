import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri", "stall"] as const;

describe("LCK: the container's lock", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("LCK", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("LCK", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("LCK");
  });
});
