import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const transports = ["pri"] as const;

describe("CRD: credits of page requests", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("CRD", { ...SMALL, transports });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("CRD", { ...LARGE, transports });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("CRD");
  });
});
