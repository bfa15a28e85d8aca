/** LIV: each assumption of fairness is needed somewhere, and so is each condition under which a sentence is claimed. */
import { describe, expect, test } from "vitest";
import { exhaustive } from "../../checker/explore/exhaustive.ts";
import type { Property } from "../../checker/property.ts";
import type { Verdict } from "../../checker/run-record.ts";
import { build, type Request } from "../build.ts";
import { catalogue } from "../catalogue/index.ts";
import { expectWitnessed } from "../witnesses.ts";

/** What a search says of the sentence of the catalogue, changed, in a system that may be one of those it leaves out. */
function ask(request: Request, id: string, change: Partial<Property>): Verdict {
  const property = {
    ...catalogue.find((one) => one.id === id)!,
    applies: { belongs: () => true, when: () => true },
    ...change,
  };
  const system = { ...build(request), properties: [property], deadlock: "allowed" } as const;
  return exhaustive(system, request).properties[0]!.verdict;
}

const at = (system: string, hardware: string, set: Request["set"] = {}, bounds = "small"): Request => ({
  system,
  hardware,
  host: "rfc-v1-on-groups",
  bounds,
  set,
});
const unmap = at("unmap-race", "vtd");
const unmapStall = at("unmap-race", "smmu-stall", { core: "6.1", pages: 2 });
const direct = at("pin-limit", "smmu-stall", { reclaim: "direct" }, "default");
const order = at("pin-limit", "vtd", { slots: 2 });

describe("the steps that a sentence rests on", () => {
  const all = ["threads", "hardware", "devices", "lock", "workqueue"];
  test.each([
    { request: at("pri-flat", "vtd"), id: "LIV-1", without: "threads" },
    { request: at("pri-flat", "vtd"), id: "LIV-1", without: "hardware" },
    { request: unmap, id: "LIV-2", without: "lock" },
    { request: order, id: "LIV-2", without: "workqueue" },
    { request: direct, id: "LIV-3", without: "devices" },
    { request: direct, id: "LIV-3", without: "workqueue" },
    { request: unmapStall, id: "LIV-5", without: "devices" },
    { request: unmapStall, id: "LIV-5", without: "lock" },
    { request: unmapStall, id: "LIV-6", without: "devices" },
    { request: at("pri-flat", "vtd"), id: "LIV-8", without: "devices" },
  ])("$id in $request.system needs that $without go on", ({ request, id, without }) => {
    const assumes = all.filter((group) => group !== without);
    expect(ask(request, id, { assumes })).toMatchObject({ kind: "violated" });
    expect(ask(request, id, { assumes: all })).toEqual({ kind: "holds" });
  });
});

describe("the runs of which a sentence is claimed", () => {
  const everyRun = { provided: () => true };

  test("groups that want more pages than may be pinned evict each other's pages for ever (4.2)", () => {
    expect(ask(direct, "LIV-9", everyRun)).toMatchObject({ kind: "violated" });
    expect(ask(direct, "LIV-9", {})).toEqual({ kind: "holds" });
    const roomy = { ...direct, set: { ...direct.set, limit: 2 } };
    expect(ask(roomy, "LIV-9", everyRun)).toEqual({ kind: "holds" });
  });

  test("a device that asks for more than the queue holds can be sent away with Success for ever", () => {
    const overflowing = at("pri-overflow", "vtd");
    expect(ask(overflowing, "LIV-8", everyRun)).toMatchObject({ kind: "violated" });
    expect(ask(overflowing, "LIV-8", {})).toEqual({ kind: "holds" });
    const roomy = { ...overflowing, set: { pqEntries: 4 } };
    expect(ask(roomy, "LIV-8", everyRun)).toEqual({ kind: "holds" });
  });

  test("a device can miss a page that is unmapped again and again", () => {
    expect(ask(unmap, "LIV-8", everyRun)).toMatchObject({ kind: "violated" });
    expect(ask(unmap, "LIV-8", {})).toEqual({ kind: "holds" });
  });

  test("a reclaim thread can take the container's lock again and again while a fault waits for it", () => {
    const reclaimed = at("pin-limit", "vtd", { reclaim: "periodic", slots: 1 });
    expect(ask(reclaimed, "LIV-1", everyRun)).toMatchObject({ kind: "violated" });
    expect(ask(reclaimed, "LIV-1", {})).toEqual({ kind: "holds" });
  });

  test("a run that breaks a sentence is one of those", () => {
    const verdict = ask(at("pri-overflow", "amd", { irqReread: false, irqClears: "pending" }), "LIV-8", {});
    const trace = verdict.kind === "violated" ? verdict.trace : undefined;
    const overflows = trace?.steps.flatMap(({ changes }) =>
      changes.filter(({ after }) => after.state === "overflowed"),
    );
    expect(overflows).toEqual([]);
  });
});

/**
 * Slots that were read count as occupied until software publishes the head. Sizes alone do not say whether a queue
 * overflows; the search does.
 */
describe("an overflow that the sizes do not show", () => {
  const request = at("pri-overflow", "vtd", { pqEntries: 3 });
  const { properties, leftOut = [] } = exhaustive(build(request), request);
  const kindOf = (id: string) => properties.find((one) => one.id === id)?.verdict.kind;

  test("is seen, and what rests on it is claimed", () => {
    expect(kindOf("PRQ-3")).toBe("witnessed");
    expect(kindOf("PRQ-10")).toBe("witnessed");
    expect(kindOf("PRQ-9")).toBe("holds");
    expect(kindOf("LIV-4")).toBe("holds");
  });

  test("does not break what is claimed of runs without one", () => {
    expect(kindOf("LIV-8")).toBe("holds");
  });

  test("what is not claimed is told with the parameters that decided it", () => {
    expect(leftOut.find(({ ids }) => ids.includes("PRQ-4"))).toEqual({ ids: ["PRQ-4"], because: "headAdvance=batch" });
  });
});

test("all that should be possible happens", () => {
  expectWitnessed("LIV");
});
