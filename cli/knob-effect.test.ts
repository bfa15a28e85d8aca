/** With the real systems, at small bounds: what is said of knobs that were set. */
import { describe, expect, test } from "vitest";
import { exhaustive, type Known } from "../checker/explore/exhaustive.ts";
import { build } from "../properties/build.ts";
import { compared } from "./knob-effect.ts";
import type { RunRequest } from "./ports.ts";

const viommu: RunRequest = { system: "policies", hardware: "any", host: "viommu", bounds: "small", set: {} };

async function told(request: RunRequest, known: Known = {}) {
  const record = exhaustive(build(request), request, {}, known);
  const searched: number[] = [];
  const result = await compared(record, request, Object.keys(request.set), { symmetry: true }, async (search) => {
    while (search.advance(1000));
    searched.push(search.store.count);
  });
  return { record, result, searched };
}

const ALIKE = /^bitOrder=before-map made no difference in policies at these bounds: /;

describe("A knob that was set", () => {
  test("makes no difference when the search without it finds as much and judges the same", async () => {
    const { result } = await told({ ...viommu, set: { bitOrder: "before-map" } });
    expect(result.notes).toEqual([expect.stringMatching(ALIKE)]);
  });

  test("makes one where its design looks at it", async () => {
    const { result } = await told({ ...viommu, host: "coiommu", set: { bitOrder: "before-map" } });
    expect(result.notes).toBeUndefined();
  });

  test("that is what it is anyway is not searched again", async () => {
    const { result, searched } = await told({ ...viommu, set: { bitOrder: "after-map" } });
    expect(result.notes).toEqual(["bitOrder=after-map is the default of policies."]);
    expect(searched).toEqual([]);
  });
});

describe("A violation", () => {
  const pinAll: RunRequest = { ...viommu, host: "pin-all", set: { bitOrder: "before-map" } };
  const noteOf = ({ properties }: { properties: readonly { id: string; note?: string }[] }) =>
    properties.find(({ id }) => id === "POL-11")?.note;

  test("that happens without the knob says so, unless there is more to say", async () => {
    // Two knobs, of which one decides: the violation needs neither.
    const { result } = await told({ ...pinAll, set: { bitOrder: "before-map", pages: 2 } });
    expect(noteOf(result)).toBe("violated without --set pages too");
  });

  test("that is expected, or needs the knob, says nothing", async () => {
    expect(noteOf((await told(pinAll, { "POL-11": "as ever" })).result)).toBeUndefined();
    const overflow = { system: "pri-overflow", hardware: "vtd", host: "rfc-v1-on-groups", bounds: "small" };
    const { result } = await told({ ...overflow, set: { ovfLastResponse: "none" } });
    expect(result.properties.find(({ id }) => id === "RSP-12")?.verdict.kind).toBe("violated");
    expect(result.properties.every(({ note }) => note === undefined)).toBe(true);
  });

  test("the search without the knob is never much larger than the run", async () => {
    const { record, searched } = await told({ ...viommu, bounds: "default", set: { pages: 1 } });
    expect(searched[0]).toBeLessThanOrEqual(record.search.states + 1000);
  });
});
