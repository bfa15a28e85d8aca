/** The focused model `pasid-tables`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { pasidTablesBreakages } from "./departures/pasid-tables.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const RUNS = [
  { host: "intended", set: { tableCallsFail: true, plainTable: true } },
  { host: "linux-7.3.4-vtd", set: { userAnswers: false } },
  { host: "linux-7.3.4-smmuv3", set: { userAnswers: false } },
];

describe("page tables of PASIDs", () => {
  test.each(RUNS)("$host: the machines do what XState does", ({ host, set }) => {
    expectOneSemantics({ system: "pasid-tables", hardware: "any", host, bounds: "small", set });
  });

  test.each(pasidTablesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("pasid-tables")).toEqual([]);
  });
});
