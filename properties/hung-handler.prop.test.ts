/** The focused model `hung-handler`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { hungHandlerHosts } from "../model/systems/studies/hung-handler-design.ts";
import { hungHandlerBreakages } from "./departures/hung-handler.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("a handler that does not return", () => {
  test.each(Object.keys(hungHandlerHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "hung-handler", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(hungHandlerBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("hung-handler")).toEqual([]);
  });
});
