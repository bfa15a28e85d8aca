import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { stallsBreakages } from "./departures/stalls.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("the focused model of stalls", () => {
  test.each(["intended", "linux-6.12.117"])("means with host %s what XState means", (host) => {
    expectOneSemantics({ system: "stalls", hardware: ANY_HARDWARE, host, bounds: "small", set: { stallSlots: 2 } });
  });

  test("means with every step of the hardware what XState means", () => {
    const set = { stallSlots: 2, stallExits: true, stallDowngrade: true, stallDupSuppress: true, streamKind: "pcie" };
    expectOneSemantics({ system: "stalls", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set });
  });

  test.each(stallsBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("no long walk violates a sentence", () => {
    expect(violatedAtDeepBounds("stalls")).toEqual([]);
  });
});
