/** The focused model `teardown`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { teardownBreakages } from "./departures/teardown.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.1.192"];

describe("the end of page faults", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "teardown", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(teardownBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("teardown")).toEqual([]);
  });
});
