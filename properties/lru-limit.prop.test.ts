import { describe, expect, test } from "vitest";
import { lruLimit } from "../model/systems/studies/lru-limit.ts";
import { ANY_HARDWARE } from "./build.ts";
import { catalogue } from "./catalogue/index.ts";
import { lruLimitBreakages } from "./departures/lru-limit.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("LRU: a limit of what faults keep mapped", () => {
  test.each(Object.keys(lruLimit.hosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "lru-limit", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });
  test("with expiry, DMA_UNMAP and a detector, the right design does what XState does", () => {
    const set = {
      expires: "used-page",
      thrashDetector: true,
      hotPages: 2,
      itemPages: 1,
      guestPages: 10,
      extraPages: 10,
    };
    expectOneSemantics({ system: "lru-limit", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set });
  });
  test.each(lruLimitBreakages.departures.map((departure) => ({ ...departure, name: JSON.stringify(departure.when) })))(
    "$name breaks $breaks",
    (departure) => {
      expectBroken(departure);
    },
  );
  test.each([
    ["success", false],
    ["invalid", true],
    ["failure", true],
  ])("a group of mapped ranges that gets the response %s is refused: %s", (code, isRefused) => {
    const refused = catalogue.find(({ id }) => id === "LRU-24")!;
    const service = { state: "responding", context: { code, request: { pages: [0] } } };
    const container = { context: { linked: [0], regionOf: [0] } };
    expect(refused.holds({ service, container })).toBe(isRefused);
  });
  test("no walk at deep bounds violates a sentence", () => {
    expect(violatedAtDeepBounds("lru-limit")).toEqual([]);
  });
});
