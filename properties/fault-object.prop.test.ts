/** The focused model `fault-object`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { faultObjectBreakages } from "./departures/fault-object.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.0", "linux-6.12.117", "linux-7.3.4"];

describe("an object of iommufd, made and unmade", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "fault-object", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(faultObjectBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("fault-object")).toEqual([]);
  });
});
