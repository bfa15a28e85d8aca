/** The focused model `notifiers`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { notifiersBreakages } from "./departures/notifiers.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const MIXES = ["tree", "list", "both"].map((listeners) => ({ listeners }));

describe("listeners to the memory of a process", () => {
  test.each(MIXES)("$listeners: the machines do what XState does", ({ listeners }) => {
    const set = { listeners, memory: "reaping", refuses: true };
    expectOneSemantics({ system: "notifiers", hardware: "any", host: "linux-6.12.117", bounds: "small", set });
  });

  test.each(notifiersBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("notifiers")).toEqual([]);
  });
});
