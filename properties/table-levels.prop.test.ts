/** The focused model `table-levels`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { tableLevelsHosts } from "../model/systems/studies/table-levels-design.ts";
import { tableLevelsBreakages } from "./departures/table-levels.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("a page table that gets another level", () => {
  test.each(Object.keys(tableLevelsHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "table-levels", hardware: "any", host, bounds: "small", set: { threads: 3 } });
  });

  test.each(tableLevelsBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("table-levels")).toEqual([]);
  });
});
