/** The focused model `iommufd`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { iommufdBreakages } from "./departures/iommufd.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.0", "linux-6.12.117", "linux-7.3.4", "demand-pin"];

describe("the fault queue of iommufd", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "iommufd", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(iommufdBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("iommufd")).toEqual([]);
  });
});
