/** The focused model `type1-unmap`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { type1UnmapHosts } from "../model/systems/studies/type1-unmap-design.ts";
import { type1UnmapBreakages } from "./departures/type1-unmap.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const RACES = [
  { against: "unmap-other-pinned" },
  { against: "three-threads", devices: 2 },
  { against: "unmap-same-and-unpin", devices: 2, callbackUnpins: "check-then-unpin-all" },
  { against: "pin-again", callbackUnpins: "unpin-always" },
  { against: "unmap-same", devices: 2, deviceListLock: "inside-shared" },
];

describe("UNMAP of type1 that calls drivers", () => {
  test.each(Object.keys(type1UnmapHosts).flatMap((design) => RACES.map((set) => ({ design, set }))))(
    "$design, $set: does what XState does",
    ({ design, set }) => {
      expectOneSemantics({ system: "type1-unmap", hardware: "any", host: design, bounds: "small", set });
    },
  );

  test.each(type1UnmapBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("type1-unmap")).toEqual([]);
  });
});
