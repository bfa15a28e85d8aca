/** The focused model `two-consumers`: its machines, its deliberate defects, and walks at deep bounds. */
import { describe, expect, test } from "vitest";
import { twoConsumers } from "../model/systems/studies/two-consumers.ts";
import { ANY_HARDWARE } from "./build.ts";
import { twoConsumersBreakages } from "./departures/two-consumers.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("two-consumers", () => {
  test.each(Object.keys(twoConsumers.hosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "two-consumers", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each(twoConsumersBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("walks at deep bounds violate nothing that is not known", () => {
    expect(violatedAtDeepBounds("two-consumers")).toEqual([]);
  });
});
