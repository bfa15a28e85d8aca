import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unmapAgainstFault } from "../../reports/example.ts";
import { fakeEngine } from "../fake-engine.ts";
import { regressionOf } from "../../scenarios/regression.ts";
import { faultline, fresh, stored } from "../fake-run.ts";
import type { Engine } from "../ports.ts";

describe("faultline replay", () => {
  test("a counterexample that still breaks the property is 1, with its chart", async () => {
    const { code, out } = await faultline(["replay", stored()]);
    expect(code).toBe(1);
    expect(out).toContain("Replayed 5 steps: PIN-1 is violated.");
    expect(out).toContain("o....>|     |     |     |  reads page=0");
  });

  test("a counterexample that is gone is 2, and why it may be is said", async () => {
    const missing = join(fresh(), "counterexamples", "PIN-1-00000000.json");
    expect((await faultline(["replay", missing])).err).toBe(
      `faultline: there is no file "${missing}"; a later run into that directory replaces its counterexamples.\n`,
    );
    expect((await faultline(["replay", "gone.json"])).err).toBe('faultline: there is no file "gone.json".\n');
  });

  test("one that does not any more is 0", async () => {
    const replay: Engine["replay"] = async () => ({ trace: unmapAgainstFault, outcome: { kind: "holds" } });
    expect((await faultline(["replay", stored()], { ...fakeEngine, replay })).code).toBe(0);
  });

  test("a regression is measured by what it expects", async () => {
    const file = stored(regressionOf(unmapAgainstFault));
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
    expect(err).toContain("does not fit the model of today: the fingerprint is 1, not 2.");
  });

  test.each([
    ["not JSON", "{", /is not JSON/],
    ["no schema", {}, /has no field "schema"\.\n {2}Expected a counterexample \(.*\) or a regression/],
    [
      "another schema",
      { schema: "mine/1" },
      /\(mine\/1\) is something else\.\n {2}Expected a counterexample \(faultline-trace\/1\) or a regression \(faultline-regression\/1\)\./,
    ],
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

describe("what a path does not decide", () => {
  const because = "no state that it asks for is among the first 5 after the end of the path, and there are more";
  const undecided: Engine = {
    ...fakeEngine,
    replay: async () => ({ trace: unmapAgainstFault, outcome: { kind: "undecided", because } }),
  };

  test("is 3, and never that the claim is not violated any more", async () => {
    for (const file of [stored(), stored(regressionOf(unmapAgainstFault))]) {
      const { code, out } = await faultline(["replay", file], undecided);
      expect(code).toBe(3);
      expect(out).toContain(`the path alone does not decide PIN-1: ${because}.`);
    }
  });

  test("is not saved", async () => {
    const to = fresh();
    const { code, err } = await faultline(["save", stored(), "--to", to], undecided);
    expect(code).toBe(3);
    expect(err).toContain(because);
    expect(existsSync(to)).toBe(false);
  });

  test("a witness that the path does not show is 1", async () => {
    const replay: Engine["replay"] = async () => ({
      trace: { ...unmapAgainstFault, kind: "sometimes" },
      outcome: { kind: "holds" },
    });
    const { code, out } = await faultline(["replay", stored()], { ...fakeEngine, replay });
    expect(code).toBe(1);
    expect(out).toContain("PIN-1 is not witnessed on this path");
  });
});

describe("faultline save", () => {
  test("keeps a counterexample once, says so the second time, and never overwrites another", async () => {
    const to = fresh();
    expect(await faultline(["save", stored(), "--to", to])).toMatchObject({
      code: 0,
      out: `Saved as ${to}/PIN-1-00000000.json.\n`,
    });
    expect((await faultline(["save", stored(), "--to", to])).out).toContain("Already saved");
    writeFileSync(join(to, "PIN-1-00000000.json"), "changed by hand");
    const { code, err } = await faultline(["save", stored(), "--to", to]);
    expect(code).toBe(2);
    expect(err).toContain("never overwritten");
    expect(readFileSync(join(to, "PIN-1-00000000.json"), "utf8")).toBe("changed by hand");
  });
});
