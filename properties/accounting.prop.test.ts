/** The focused model of pins and charges: one semantics, deliberate defects, and walks at deep bounds. */
import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { accountingBreakages } from "./departures/accounting.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("accounting", () => {
  test.each(["linux-6.1.192", "rfc-v1", "intended"])("the core follows XState in %s", (host) => {
    expectOneSemantics({ system: "accounting", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each(accountingBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("walks at deep bounds violate only what is known", () => {
    expect(violatedAtDeepBounds("accounting")).toEqual([]);
  });
});
