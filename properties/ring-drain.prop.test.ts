/** The focused model `ring-drain`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { ringDrainHosts } from "../model/systems/studies/ring-drain-design.ts";
import { ringDrainBreakages } from "./departures/ring-drain.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("a drain that waits for a mark", () => {
  test.each(Object.keys(ringDrainHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "ring-drain", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(ringDrainBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("ring-drain")).toEqual([]);
  });
});
