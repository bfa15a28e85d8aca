import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { objectCallsBreakages } from "./departures/object-calls.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("the focused model of calls of iommufd beside each other", () => {
  test.each(["intended", "linux-7.3.4"])("means with host %s what XState means", (host) => {
    expectOneSemantics({ system: "object-calls", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each(objectCallsBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("no long walk violates a sentence", () => {
    expect(violatedAtDeepBounds("object-calls")).toEqual([]);
  });
});
