/** The focused model `table-entries`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { tableEntriesBreakages } from "./departures/table-entries.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.12.117-pasid", "linux-6.12.117-nested"];

describe("entries of the tables of an IOMMU", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "table-entries", hardware: "any", host, bounds: "small", set: { entryTables: 2 } });
  });

  test.each(tableEntriesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("table-entries")).toEqual([]);
  });
});
