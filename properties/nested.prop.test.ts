/** The focused model `nested`: its machines, its deliberate defects, and walks at deep bounds. */
import { describe, expect, test } from "vitest";
import { nested } from "../model/systems/studies/nested.ts";
import { ANY_HARDWARE } from "./build.ts";
import { nestedBreakages } from "./departures/nested.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("nested", () => {
  test.each(Object.keys(nested.hosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "nested", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each([
    {
      host: "intended",
      set: { httu: "accessed", tableMapping: "read-only", verdictKept: "until-invalidation", guestUnmaps: 1 },
    },
    { host: "eric-v13", set: { slots: 2, reporters: 2, faultRingRecords: 2, ringLock: false } },
  ])("$host does with $set what XState does", ({ host, set }) => {
    expectOneSemantics({ system: "nested", hardware: ANY_HARDWARE, host, bounds: "small", set });
  });

  test.each(nestedBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("walks at deep bounds violate nothing that is not known", () => {
    expect(violatedAtDeepBounds("nested")).toEqual([]);
  });
});
