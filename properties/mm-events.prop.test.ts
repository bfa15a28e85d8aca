import { describe, expect, test } from "vitest";
import { mmEvents } from "../model/systems/studies/mm-events.ts";
import { ANY_HARDWARE, build } from "./build.ts";
import { mmEventsBreakages } from "./departures/mm-events.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";
import { violations } from "./violations.ts";

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
  /** try_to_migrate_one() of 6.1 leaves the call to the end of the range; ptep_clear_flush_notify() does not. */
  test.each([
    ["migrations", []],
    ["copies", ["MMX-6"]],
  ])("with %s, .invalidate_range under a spinlock: %j", (happens, expected) => {
    const request = { system: "mm-events", hardware: ANY_HARDWARE, host: "rfc-v2", bounds: "small", set: { happens } };
    expect([...violations(build(request), request, ["MMX-6"]).keys()]).toEqual(expected);
  });
  test("no walk at deep bounds violates a sentence", () => {
    expect(violatedAtDeepBounds("mm-events")).toEqual([]);
  });
});
