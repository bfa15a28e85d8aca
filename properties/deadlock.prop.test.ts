import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "./proof.ts";

const transports = ["pri", "stall"] as const;

describe("DEADLOCK: some step is always possible", () => {
  test("no walk through a small configuration comes to a state without a step", () => {
    expectNoViolation("DEADLOCK", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("DEADLOCK", { ...LARGE, transports });
  });
});
