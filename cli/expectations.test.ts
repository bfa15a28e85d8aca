/** With the real systems, at small bounds: what is said of violations that are known from elsewhere. */
import { describe, expect, test } from "vitest";
import { exhaustive } from "../checker/explore/exhaustive.ts";
import type { RunRecord } from "../checker/run-record.ts";
import { build } from "../properties/build.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { suite } from "../properties/suite.ts";
import { expectedOf, explained, listedOf } from "./expectations.ts";
import { knownOf } from "./suite-runs.ts";
import type { RunRequest } from "./ports.ts";

const overflow: RunRequest = {
  system: "pri-overflow",
  hardware: "amd",
  host: "rfc-v1-on-groups",
  bounds: "small",
  set: {},
};

const notes = (request: RunRequest): { readonly [id: string]: string | undefined } =>
  Object.fromEntries(
    explained(exhaustive(build(request), request, {}, knownOf(request)), request)
      .properties.filter(({ verdict }) => verdict.kind === "violated")
      .map(({ id, note }) => [id, note]),
  );

describe("Expected are the violations of the suite's run with the same values", () => {
  test("every run of the suite, as the suite says", () => {
    expect(suite("small").map(knownOf)).toEqual(suite("small").map(({ known }) => known));
  });

  test("also when a knob is set to what it is anyway, and never with another value", () => {
    expect(Object.keys(knownOf(overflow))).toContain("RSP-8");
    expect(knownOf({ ...overflow, set: { ovfLastResponse: "none" } })).toEqual(knownOf(overflow));
    expect(knownOf({ ...overflow, set: { pages: 1, itemPages: 1 } })).toEqual({});
  });
});

describe("Of the suite's own runs", () => {
  const all = catalogue.map(({ id }) => ({ id, verdict: { kind: "violated" } }));

  test.each(["small", "default"])("nothing is expected at %s bounds but what the suite lists", (bounds) => {
    const record = { properties: all } as unknown as RunRecord;
    const bare = suite(bounds).filter(({ set }) => Object.keys(set).length === 0);
    expect(bare.length).toBeGreaterThan(20);
    for (const { known: _, ...request } of bare)
      expect(explained(record, request).properties.filter(({ known }) => known !== undefined)).toEqual([]);
  });
});

describe("A defect that the run was found not to have", () => {
  const lossy: RunRequest = { ...overflow, system: "pri-flat", set: { irqReread: false } };

  test("is not told as the cause: where no queue overflows, no dropped request is to blame", () => {
    const told = notes(lossy);
    expect(told["LIV-1"]).toMatch(/^known of irqModel=lossy, irqReread=false: /);
    expect(Object.values(told).filter((note) => note?.includes("ovfLastResponse"))).toEqual([]);
  });
});

describe("A violation of another run", () => {
  test("says that the preset has it without the knob, and why", () => {
    const found = notes({ ...overflow, set: { core: "6.1" } });
    expect(found["RSP-8"]).toMatch(/^violated without --set core too: the last request of a group is dropped/);
  });

  test("says that the value that was set is known to break it", () => {
    const found = notes({ ...overflow, hardware: "vtd", set: { ovfLastResponse: "none" } });
    expect(found["RSP-12"]).toMatch(/^known of ovfLastResponse=none: /);
    expect(Object.values(found).join()).not.toContain("without --set");
  });

  test("of a bare preset is known where the suite knows it with other sizes, and says which", () => {
    const request: RunRequest = {
      system: "nested",
      hardware: "any",
      host: "linux-6.12.117",
      bounds: "default",
      set: {},
    };
    const record = exhaustive(build({ ...request, bounds: "small" }), request);
    const judged = (set: RunRequest["set"]) =>
      explained(record, { ...request, set }).properties.find(({ id }) => id === "NST-2");
    expect(judged({})?.known).toMatch(/ \(in the suite, with slots=1, guestTeardowns=1, /);
    expect(judged({ slots: 2 })?.known).toBeUndefined();
    expect(judged({ slots: 2 })?.note).toMatch(/^violated without --set slots too/);
  });

  test("in a focused model: says which of the suite's knobs were there as well", () => {
    const request: RunRequest = { system: "rfc", hardware: "any", host: "rfc-v3", bounds: "small", set: { pages: 2 } };
    const found = Object.entries(notes(request));
    expect(found).not.toEqual([]);
    for (const [id, note] of found)
      expect(`${id}: ${note}`).toMatch(/: (violated without --set pages too|known of \w+=)/);
  });
});

describe("What the suite lists for the same design", () => {
  const race: RunRequest = { system: "unmap-race", hardware: "vtd", host: "rfc-v1", bounds: "small", set: {} };
  const set = { releaseOrder: "unpin-before-wait" };

  test("is listed whatever knob is set, but expected only where nothing is", () => {
    expect([expectedOf(race)("RSP-9"), listedOf(race)("RSP-9")]).toEqual([true, true]);
    expect([expectedOf({ ...race, set })("RSP-9"), listedOf({ ...race, set })("RSP-9")]).toEqual([false, true]);
    expect(listedOf({ ...race, set })("SAFE-6")).toBe(false);
  });
});
