import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { translationCachesBreakages } from "./departures/translation-caches.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("the focused model of translation caches", () => {
  test.each([
    { host: "intended", set: {} },
    { host: "linux-6.12.117", set: {} },
    { host: "intended", set: { tableFree: "before-flush", httu: "accessed" } },
  ])("means with host $host and $set what XState means", ({ host, set }) => {
    expectOneSemantics({ system: "translation-caches", hardware: ANY_HARDWARE, host, bounds: "small", set });
  });

  test.each(translationCachesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("no long walk violates a sentence", () => {
    expect(violatedAtDeepBounds("translation-caches")).toEqual([]);
  });
});
