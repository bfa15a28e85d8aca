import { describe, expect, test } from "vitest";
import { policies } from "../model/systems/studies/policies.ts";
import { ANY_HARDWARE } from "./build.ts";
import { policiesBreakages } from "./departures/policies.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("POL: when memory is pinned for devices", () => {
  test.each(Object.keys(policies.hosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "policies", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });
  test.each(policiesBreakages.departures.map((departure) => ({ ...departure, name: JSON.stringify(departure.when) })))(
    "$name breaks what it should",
    (departure) => {
      expectBroken(departure);
    },
  );
  test("no walk at deep bounds violates a sentence", () => {
    expect(violatedAtDeepBounds("policies")).toEqual([]);
  });
});
