/** The focused model `numbers-again`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { numbersAgainBreakages } from "./departures/numbers-again.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const RUNS = [
  { host: "linux-7.3.4-amdgpu", set: { childNumber: "inherited" } },
  { host: "linux-7.3.4-vdevice", set: { eventCarries: "number-and-life" } },
  { host: "intended", set: { numberOrder: "retired" } },
];

describe("numbers given out again", () => {
  test.each(RUNS)("$host: the machines do what XState does", ({ host, set }) => {
    expectOneSemantics({ system: "numbers-again", hardware: "any", host, bounds: "small", set });
  });

  test.each(numbersAgainBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("numbers-again")).toEqual([]);
  });
});
