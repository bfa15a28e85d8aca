import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unmapAgainstFault } from "../../reports/example.ts";
import { fakeEngine } from "../fake-engine.ts";
import { faultline, fresh, stored } from "../fake-run.ts";
import type { Engine } from "../ports.ts";

describe("faultline replay", () => {
  test("a counterexample that still breaks the property is 1, with its chart", async () => {
    const { code, out } = await faultline(["replay", stored()]);
    expect(code).toBe(1);
    expect(out).toContain("Replayed 5 steps: PIN-1 is violated.");
    expect(out).toContain("o....>|     |     |     |  reads page=0");
  });

  test("one that does not any more is 0", async () => {
    const replay: Engine["replay"] = async () => ({ trace: unmapAgainstFault, outcome: { kind: "holds" } });
    expect((await faultline(["replay", stored()], { ...fakeEngine, replay })).code).toBe(0);
  });

  test("a regression is measured by what it expects", async () => {
    const file = stored({ schema: "faultline-regression/1" });
    const expecting = (expectation: "violated" | "holds"): Engine => ({
      ...fakeEngine,
      replay: async () => ({ trace: unmapAgainstFault, outcome: { kind: "violated", expectation } }),
    });
    expect((await faultline(["replay", file], expecting("violated"))).code).toBe(0);
    const wrong = await faultline(["replay", file], expecting("holds"));
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain("PIN-1 is violated; expected: holds.");
  });

  test("a file of another version of the model is 2", async () => {
    const replay: Engine["replay"] = async () => ({
      trace: unmapAgainstFault,
      outcome: { kind: "stale", because: "the fingerprint is 1, not 2" },
    });
    const { code, err } = await faultline(["replay", stored()], { ...fakeEngine, replay });
    expect(code).toBe(2);
    expect(err).toContain("is stale, it belongs to another version of the model: the fingerprint is 1, not 2.");
  });

  test.each([
    ["not JSON", "{", /is not JSON/],
    ["no schema", {}, /does not say what it is/],
    ["another schema", { schema: "mine/1" }, /\(mine\/1\) is something else\.\n {2}Expected faultline-trace\/1\./],
    [
      "a newer schema",
      { ...unmapAgainstFault, schema: "faultline-trace/2" },
      /another version of faultline\.\n {2}Expected faultline-trace\/1\./,
    ],
    [
      "a broken step",
      { ...unmapAgainstFault, steps: [{ action: { kind: "jump" } }] },
      /is not a sound faultline-trace\/1: steps\[0\]\.action/,
    ],
    ["a name that is a path", { ...unmapAgainstFault, property: { id: "../../x", statement: "" } }, /property\.id/],
  ])("%s is 2", async (_name, content, text) => {
    const { code, out, err } = await faultline(["replay", stored(content)]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(text);
  });
});

describe("faultline save", () => {
  test("keeps a counterexample once, says so the second time, and never overwrites another", async () => {
    const to = fresh();
    expect(await faultline(["save", stored(), "--to", to])).toMatchObject({
      code: 0,
      out: `Saved as ${to}/PIN-1-00000000.json.\n`,
    });
    expect((await faultline(["save", stored(), "--to", to])).out).toContain("Was saved before");
    writeFileSync(join(to, "PIN-1-00000000.json"), "changed by hand");
    const { code, err } = await faultline(["save", stored(), "--to", to]);
    expect(code).toBe(2);
    expect(err).toContain("never overwritten");
    expect(readFileSync(join(to, "PIN-1-00000000.json"), "utf8")).toBe("changed by hand");
  });
});
