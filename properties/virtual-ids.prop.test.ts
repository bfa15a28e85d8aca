/** The focused model `virtual-ids`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { virtualIdsHosts } from "../model/systems/studies/virtual-ids-design.ts";
import { virtualIdsBreakages } from "./departures/virtual-ids.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("virtual IDs of a vIOMMU", () => {
  test.each(Object.keys(virtualIdsHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "virtual-ids", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(virtualIdsBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("virtual-ids")).toEqual([]);
  });
});
