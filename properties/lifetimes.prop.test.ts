/** The focused model `lifetimes`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { lifetimesBreakages } from "./departures/lifetimes.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.12.117-amd"];

describe("who keeps what alive between a fault and its answer", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "lifetimes", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(lifetimesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("lifetimes")).toEqual([]);
  });
});
