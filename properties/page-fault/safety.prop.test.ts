import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri", "stall"] as const;

describe("SAFE: no device reaches a page that the host may take away", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("SAFE", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("SAFE", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("SAFE");
  });
});
