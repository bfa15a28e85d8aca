/** The focused model of the dirty log: one semantics, deliberate defects, and walks at deep bounds. */
import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { dirtyLogBreakages } from "./departures/dirty-log.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("dirty-log", () => {
  test.each(["linux-6.1.192", "rfc-v1", "rfc-v2", "rfc-v3", "intended"])("the core follows XState in %s", (host) => {
    expectOneSemantics({ system: "dirty-log", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each(dirtyLogBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("walks at deep bounds violate only what is known", () => {
    expect(violatedAtDeepBounds("dirty-log")).toEqual([]);
  });
});
