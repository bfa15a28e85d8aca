import { describe, expect, test } from "vitest";
import { ANY_HARDWARE } from "./build.ts";
import { translationCachesBreakages } from "./departures/translation-caches.ts";
import { expectOneSemantics, unbrokenBy, violatedAtDeepBounds } from "./study-proof.ts";

describe("the study of translation caches", () => {
  test.each(["intended", "linux-6.12"])("means with host %s what XState means", (host) => {
    expectOneSemantics({ system: "translation-caches", hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  });

  test.each(translationCachesBreakages.departures)("$when breaks $breaks", (departure) => {
    expect(unbrokenBy(departure)).toEqual([]);
  });

  test("no long walk violates a sentence", () => {
    expect(violatedAtDeepBounds("translation-caches")).toEqual([]);
  });
});
