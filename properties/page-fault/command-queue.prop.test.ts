import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri", "stall"] as const;

describe("CMD: the command queue of the IOMMU", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("CMD", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("CMD", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("CMD");
  });
});
