/** The focused model `flushers`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { flushersBreakages } from "./departures/flushers.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117-amd", "linux-6.12.117-vtd", "linux-6.1.192-vtd"];

describe("several flushers of one queue", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "flushers", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(flushersBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("flushers")).toEqual([]);
  });
});
