import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri"] as const;

describe("PRQ: the page request queue and its overflow", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("PRQ", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("PRQ", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("PRQ");
  });
});
