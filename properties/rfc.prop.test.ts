import { describe, expect, test } from "vitest";
import { rfcHosts } from "../model/systems/studies/rfc-design.ts";
import { ANY_HARDWARE } from "./build.ts";
import { rfcBreakages } from "./departures/rfc.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("LFC: the life of page faults in the RFC", () => {
  test.each(Object.keys(rfcHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "rfc", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });
  test.each(rfcBreakages.departures)("$reason", (departure) => {
    expectBroken(departure);
  });
  test("no walk at deep bounds violates more than is known", () => {
    expect(violatedAtDeepBounds("rfc")).toEqual([]);
  });
});
