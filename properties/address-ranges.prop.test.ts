import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { addressRangesBreakages } from "./departures/address-ranges.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("the focused model of address ranges", () => {
  test.each([
    ["intended", { rangeFaults: true, mapMode: "lazy" }],
    ["intended", { cacheDriver: true }],
    ["intended", { attachProbe: true, reservedWindow: "second" }],
    ["linux-6.12.117", {}],
    ["iommufd", { pageAccess: true, memoryLayout: "scattered" }],
    ["rfc-v2", { rangeFaults: true, memoryLayout: "mmio-inside" }],
  ])("means with design %s and %j what XState means", (host, set) => {
    expectOneSemantics({ system: "address-ranges", hardware: ANY_HARDWARE, host, bounds: "small", set });
  });

  test.each(addressRangesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("no long walk violates a sentence", () => {
    expect(violatedAtDeepBounds("address-ranges")).toEqual([]);
  });
});
