import { describe, expect, test } from "vitest";
import { mmEvents } from "../model/systems/studies/mm-events.ts";
import { ANY_HARDWARE } from "./build.ts";
import { mmEventsBreakages } from "./departures/mm-events.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("MMX: what the memory management does to pages without pins", () => {
  test.each(Object.keys(mmEvents.hosts))("%s does what XState does", (host) => {
    const set = { happens: "updates" };
    expectOneSemantics({ system: "mm-events", hardware: ANY_HARDWARE, host, bounds: "small", set });
  });
  test.each(mmEventsBreakages.departures.map((departure) => ({ ...departure, name: JSON.stringify(departure.when) })))(
    "$name breaks what it should",
    (departure) => {
      expectBroken(departure);
    },
  );
  test("no walk at deep bounds violates a sentence", () => {
    expect(violatedAtDeepBounds("mm-events")).toEqual([]);
  });
});
