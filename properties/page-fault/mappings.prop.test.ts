import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri", "stall"] as const;

describe("MAP: the bitmap of faulted-in pages against the page tables", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("MAP", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("MAP", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("MAP");
  });
});
