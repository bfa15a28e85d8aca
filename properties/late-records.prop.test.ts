/** The focused model `late-records`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { lateRecordsHosts } from "../model/systems/studies/late-records-design.ts";
import { lateRecordsBreakages } from "./departures/late-records.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("records that are written later", () => {
  test.each(Object.keys(lateRecordsHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "late-records", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(lateRecordsBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("late-records")).toEqual([]);
  });
});
