import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri", "stall"] as const;

describe("MEM: life times of what the IOPF core allocates", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("MEM", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("MEM", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("MEM");
  });
});
