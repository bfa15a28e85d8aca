/** The focused model `group-open`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { groupOpenBreakages } from "./departures/group-open.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.1.0", "linux-6.1.192"];

describe("a VFIO group and its VM", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "group-open", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(groupOpenBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("group-open")).toEqual([]);
  });
});
