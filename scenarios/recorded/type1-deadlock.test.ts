/** What booted kernels did when UNMAP raced with another call (data/type1-deadlock.json), and what the model says of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { exhaustive } from "../../checker/explore/exhaustive.ts";
import {
  type1UnmapHosts,
  type1UnmapKnobs,
  type1UnmapSizeKnobs,
} from "../../model/systems/studies/type1-unmap-design.ts";
import { build } from "../../properties/build.ts";

const seen = z.enum(["hang", "no hang"]);
const set = z.record(z.string(), z.union([z.string(), z.number()]));
const tried = z.strictObject({ seen, iterations: z.number().int().positive() });
const schema = z.strictObject({
  source: z.literal("booted 6.1.192 and 6.12.117"),
  how: z.string(),
  kernels: z.array(z.string()),
  rows: z.array(
    z.strictObject({
      row: z.string(),
      beside: z.string(),
      set,
      delayed: seen,
      undisturbed: z.record(z.string(), tried).nullable(),
    }),
  ),
  bugs: z.array(
    z.strictObject({
      row: z.string(),
      what: z.string(),
      set,
      seen: z.enum(["freed mapping", "BUG_ON"]),
      mended: z.boolean(),
    }),
  ),
  drivers: z.array(
    z.strictObject({ callbackUnpins: z.string(), source: z.literal("read"), functions: z.array(z.string()).min(1) }),
  ),
  mend: z.strictObject({ how: z.string(), hangs: z.number(), iterations: z.number() }),
});

const recorded = schema.parse(JSON.parse(readFileSync(new URL("data/type1-deadlock.json", import.meta.url), "utf8")));
const MEND = "lock-order-mended";

/** The verdicts of a complete search, by property. */
function verdictsOf(host: string, knobs: z.infer<typeof set>): ReadonlyMap<string, string> {
  const request = { system: "type1-unmap", hardware: "any", host, bounds: "default", set: knobs };
  const { search, properties } = exhaustive(build(request), request);
  expect(search.complete).toBe(true);
  return new Map(properties.map(({ id, verdict }) => [id, verdict.kind]));
}

/** As on a kernel: the calls never return, of both kinds, and iommu->lock never becomes free, so that a later MAP hangs too. */
function expectHang(verdicts: ReadonlyMap<string, string>, against: string | number): void {
  const other = String(against).startsWith("unmap") ? [] : ["UNM-2"];
  for (const id of ["UNM-1", "UNM-3", "LCK-10", "LCK-11", "DEADLOCK", ...other])
    expect([id, verdicts.get(id)]).toEqual([id, "violated"]);
}
function expectReturn(verdicts: ReadonlyMap<string, string>): void {
  expect([...verdicts].filter(([, verdict]) => verdict === "violated")).toEqual([]);
}

describe.each(recorded.kernels)("%s, and what its booted kernel did", (host) => {
  test.each(recorded.rows)("$row: UNMAP beside $beside, $set.callbackUnpins: $delayed", (row) => {
    const verdicts = verdictsOf(host, row.set);
    if (row.delayed === "hang") expectHang(verdicts, row.set["against"]!);
    else expectReturn(verdicts);
    expect(row.undisturbed === null || row.undisturbed[host]!.seen === row.delayed).toBe(true);
  });

  test.each(recorded.bugs)("$row: $seen", (bug) => {
    const verdicts = verdictsOf(host, bug.set);
    expect(verdicts.get(bug.seen === "BUG_ON" ? "UNM-8" : "UNM-6")).toBe("violated");
    // The thread dies with iommu->lock held, although others may still take steps.
    if (bug.seen === "BUG_ON")
      expect([verdicts.get("UNM-1"), verdicts.get("LCK-10")]).toEqual(["violated", "violated"]);
  });
});

describe("the mend, as it was tried on both kernels", () => {
  test.each(recorded.rows)("$row: UNMAP beside $beside, $set.callbackUnpins returns", ({ set: knobs }) => {
    expect(recorded.mend.hangs).toBe(0);
    expectReturn(verdictsOf(MEND, knobs));
  });

  test.each(recorded.bugs)("$row: mended $mended", (bug) => {
    const verdicts = verdictsOf(MEND, bug.set);
    expect(verdicts.get(bug.seen === "BUG_ON" ? "UNM-8" : "UNM-6")).toBe(bug.mended ? "holds" : "violated");
  });
});

describe("the table", () => {
  test("has a design for each kernel", () => {
    expect(recorded.kernels.filter((kernel) => !Object.hasOwn(type1UnmapHosts, kernel))).toEqual([]);
  });

  test("has in-tree functions for each way to unpin", () => {
    const { values } = type1UnmapKnobs.callbackUnpins;
    expect(recorded.drivers.map(({ callbackUnpins }) => callbackUnpins)).toEqual(values.of);
  });

  test("has a row for everything that the focused model races with, but for what no kernel was run with", () => {
    const raced = [...recorded.rows, ...recorded.bugs].map((row) => row.set["against"]);
    const { values } = type1UnmapSizeKnobs.against;
    expect(values.of.filter((against) => !raced.includes(against))).toEqual(["pin-refused", "unmap-same-and-unpin"]);
  });
});
