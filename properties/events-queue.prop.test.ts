import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { eventsQueueBreakages } from "./departures/events-queue.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("the focused model of a vEVENTQ", () => {
  test.each(["intended", "linux-7.3.4"])("means with host %s what XState means", (host) => {
    expectOneSemantics({ system: "events-queue", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each(eventsQueueBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("no long walk violates a sentence", () => {
    expect(violatedAtDeepBounds("events-queue")).toEqual([]);
  });
});
