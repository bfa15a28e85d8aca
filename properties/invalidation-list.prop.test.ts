/** The focused model `invalidation-list`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { invalidationListHosts } from "../model/systems/studies/invalidation-list-design.ts";
import { invalidationListBreakages } from "./departures/invalidation-list.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("whom an unmap tells", () => {
  test.each(Object.keys(invalidationListHosts))("%s does what XState does", (host) => {
    expectOneSemantics({
      system: "invalidation-list",
      hardware: "any",
      host,
      bounds: "small",
      set: { deviceHasAlias: true, atcAnswers: false, deviceResets: true },
    });
  });

  test.each(invalidationListBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("invalidation-list")).toEqual([]);
  });
});
