/** The focused model `pri-control`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { priControlBreakages } from "./departures/pri-control.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.12.117-amd", "linux-6.12.117-smmuv3"];

describe("the control of page requests", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "pri-control", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(priControlBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("pri-control")).toEqual([]);
  });
});
