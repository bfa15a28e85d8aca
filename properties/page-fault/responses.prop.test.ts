import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri"] as const;

describe("RSP: responses to page request groups", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("RSP", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("RSP", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("RSP");
  });
});
