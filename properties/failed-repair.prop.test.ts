/** The focused model `failed-repair`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { failedRepairHosts } from "../model/systems/studies/failed-repair-design.ts";
import { failedRepairBreakages } from "./departures/failed-repair.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("a restore that fails", () => {
  test.each(Object.keys(failedRepairHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "failed-repair", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(failedRepairBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("failed-repair")).toEqual([]);
  });
});
