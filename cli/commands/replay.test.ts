import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Json } from "../../checker/json.ts";
import type { TraceRecord } from "../../checker/run-record.ts";
import { unmapAgainstFault } from "../../reports/example.ts";
import { fakeEngine } from "../fake-engine.ts";
import { regressionOf } from "../../scenarios/regression.ts";
import { engine } from "../engine.ts";
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
    expect(err).toContain("is stale, it was written for another model, or changed: the fingerprint is 1, not 2.");
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

describe("faultline replay of a file that was changed by hand, with the real engine", async () => {
  const kept = fileURLToPath(new URL("../../scenarios/regressions/GRP-3-807dde38.json", import.meta.url));
  const { trace } = JSON.parse((await faultline(["replay", kept, "--json"], engine)).out) as { trace: TraceRecord };
  const { model } = trace;
  const parameters = model.parameters as { readonly host: { readonly [knob: string]: Json } };
  const replay = (changes: Partial<TraceRecord["model"]>, more: Partial<TraceRecord> = {}) =>
    faultline(["replay", stored({ ...trace, ...more, model: { ...model, ...changes } })], engine);

  test("as it was written, it is taken", async () => {
    expect((await replay({})).code).toBe(1);
  });

  test("a knob that is newer than the file is no edit", async () => {
    const [knob = ""] = Object.keys(parameters.host).filter((field) => field !== "name");
    const { [knob]: _, ...host } = parameters.host;
    expect((await replay({ parameters: { ...parameters, host } })).code).toBe(1);
  });

  test.each<[string, Partial<TraceRecord["model"]>, RegExp]>([
    ["a system", { system: "nope" }, /is about a system that is not known here: "nope"\..*group-open/s],
    ["a system, nearly", { system: "rcf" }, /is not known here: "rcf"\.\n {2}Nearest: .*rfc/],
    ["a system that is no name", { system: "__proto__" }, /is about a system that is not known here: "__proto__"\./],
    ["hardware", { hardware: "vdt" }, /is about a hardware that is not known here: "vdt"\./],
    ["a host", { host: "nobody" }, /is about a host that is not known here: "nobody"\./],
    ["bounds", { bounds: "tiny" }, /is about a bounds that is not known here: "tiny"\./],
    ["a knob", { set: { premapp: 1 } }, /is about a knob that is not known here: "premapp"\.\n {2}Nearest: premap/],
    ["a value", { set: { premap: 99 } }, /is stale, .*99 is no value of premap/],
    [
      "a parameter",
      { parameters: { ...parameters, bounds: { pages: 9 } } },
      /is stale, .*bounds\.pages .* the file says 9/,
    ],
  ])("%s that is another is 2", async (_name, changes, text) => {
    const { code, out: told, err } = await replay(changes);
    expect({ code, told }).toEqual({ code: 2, told: "" });
    expect(err).toMatch(text);
  });

  test("a value that was set is another model, though its fingerprint is the same", async () => {
    const { code, err } = await replay({ set: {} });
    expect(code).toBe(2);
    expect(err).toMatch(/the parameter \w+\.discardScope is .* now, the file says "none"\./);
  });

  test("a counterexample without steps shows nothing", async () => {
    const { code, err } = await replay({}, { steps: [] });
    expect(code).toBe(2);
    expect(err).toContain("is violated, but has no steps.");
  });

  test("a regression is read as closely", async () => {
    const { actions: _, ...cut } = regressionOf(trace);
    expect((await faultline(["replay", stored(cut)], engine)).err).toContain(
      "is not a sound faultline-regression/1: actions",
    );
    const other = { ...regressionOf(trace), model: { ...regressionOf(trace).model, system: "nope" } };
    expect((await faultline(["replay", stored(other)], engine)).code).toBe(2);
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
