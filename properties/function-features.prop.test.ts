/** The focused model `function-features`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { functionFeaturesBreakages } from "./departures/function-features.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const RUNS = [
  { host: "linux-6.12.117-amd", set: { atsFails: true } },
  { host: "linux-7.3.4-smmuv3", set: {} },
  { host: "linux-6.1.192-vtd", set: { virtualFunction: true, functionResets: 0 } },
];

describe("the features of a function", () => {
  test.each(RUNS)("$host: the machines do what XState does", ({ host, set }) => {
    expectOneSemantics({ system: "function-features", hardware: "any", host, bounds: "small", set });
  });

  test.each(functionFeaturesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("function-features")).toEqual([]);
  });
});
