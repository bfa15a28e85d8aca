import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ModelError } from "../../checker/system.ts";
import { unmapAgainstFault } from "../../reports/example.ts";
import { brokenRun, engineThatFinds, fakeEngine, goodRun, incompleteRun, unseenRun } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

describe("faultline check", () => {
  test("0: everything is as expected; the records are kept", async () => {
    const out = fresh();
    const { code, out: text } = await faultline(["check", "--out", out], engineThatFinds(goodRun));
    expect(code).toBe(0);
    expect(text).toMatch(/^Complete: all reachable states of 2 configurations \(24 690 states\)\./);
    expect(readdirSync(out).sort()).toEqual(["report.md", "run.json"]);
  });

  test("1: a violation; its trace and chart are kept, and the text ends with the command that replays it", async () => {
    const out = fresh();
    const { code, out: text } = await faultline(["check", "--out", out], engineThatFinds(brokenRun, goodRun));
    expect(code).toBe(1);
    const [command = "", file = ""] = /npx faultline replay (\S+)/.exec(text) ?? [];
    expect(command).not.toBe("");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(unmapAgainstFault);
    expect(readFileSync(file.replace(".json", ".txt"), "utf8")).toContain(command);
  });

  test("1: a claim that something happens, which never happens", async () => {
    expect((await faultline(["check", "--out", fresh()], engineThatFinds(unseenRun, goodRun))).code).toBe(1);
  });

  test("a known violation fails only a run that was asked for by name, or with a knob set", async () => {
    const known = { ...brokenRun, properties: brokenRun.properties.filter(({ id }) => id !== "PIN-1") };
    expect((await faultline(["check", "--out", fresh()], engineThatFinds(known))).code).toBe(0);
    expect((await faultline(["check", "unmap", "--out", fresh()], engineThatFinds(known))).code).toBe(1);
    expect((await faultline(["check", "--set", "premap=1", "--out", fresh()], engineThatFinds(known))).code).toBe(1);
  });

  test("1: a violation that is declared as known but does not happen", async () => {
    const outdated = { ...goodRun, properties: goodRun.properties.map((it) => ({ ...it, known: "once it was so" })) };
    const { code, out } = await faultline(["check", "--out", fresh()], engineThatFinds(outdated));
    expect(code).toBe(1);
    expect(out).toContain(
      "No longer broken: UNM-1 holds (unmap, vtd, rfc-v2), but is declared as known: once it was so",
    );
  });

  test("3: a bound was reached first; a violation weighs more", async () => {
    expect((await faultline(["check", "--out", fresh()], engineThatFinds(incompleteRun, goodRun))).code).toBe(3);
    expect((await faultline(["check", "--out", fresh()], engineThatFinds(incompleteRun, brokenRun))).code).toBe(1);
  });

  test("4: a mistake of the model in one run; the other runs are told", async () => {
    let first = true;
    const check: Engine["check"] = async () => {
      if (first) {
        first = false;
        throw new ModelError('"a" emits "b", but no route takes it.');
      }
      return goodRun;
    };
    const { code, out, err } = await faultline(["check", "--out", fresh()], { ...fakeEngine, check });
    expect(code).toBe(4);
    expect(out).toContain("12 345");
    expect(err).toContain('mistake of the model in page-queue vtd rfc-v2 small: "a" emits "b", but no route takes it.');
  });

  test("130: interrupted; what there is is kept, what was not begun is said", async () => {
    const interrupt = new AbortController();
    const check: Engine["check"] = async (_run, _limits, watch) => {
      interrupt.abort();
      expect(watch.signal.aborted).toBe(true);
      return incompleteRun;
    };
    const out = fresh();
    const { code, err } = await faultline(
      ["check", "--out", out],
      { ...fakeEngine, check },
      { signal: interrupt.signal },
    );
    expect(code).toBe(130);
    expect(err).toContain("interrupted; 1 of 2 runs were not begun");
    expect(existsSync(join(out, "run.json"))).toBe(true);
  });

  test("--json puts one JSON object with its schema on stdout and nothing else, whatever was found", async () => {
    for (const record of [goodRun, brokenRun, incompleteRun]) {
      const { code, out } = await faultline(["check", "--json", "--out", fresh()], engineThatFinds(record));
      const result = JSON.parse(out) as { schema: string; exit: number; runs: unknown[] };
      expect(result).toMatchObject({ schema: "faultline-check/1", exit: code, left: 0 });
      expect(result.runs).toEqual([
        { ...record, seconds: 0 },
        { ...record, seconds: 0 },
      ]);
    }
  });

  test("limits and knobs reach the engine as numbers and values", async () => {
    let seen: unknown;
    const check: Engine["check"] = async (request, limits) => {
      seen = { set: request.set, ...limits };
      return goodRun;
    };
    const args = [
      "check",
      "unmap",
      "--set",
      "premap=2",
      "--set",
      "headAdvance=batch",
      "--max-states",
      "500",
      "--max-memory",
      "1.5G",
    ];
    await faultline([...args, "--out", fresh()], { ...fakeEngine, check });
    expect(seen).toEqual({
      set: { premap: 2, headAdvance: "batch" },
      maxStates: 500,
      maxMemory: 1_500_000_000,
      symmetry: true,
    });
  });

  test("colours only for somebody who looks, and never against NO_COLOR or --no-color", async () => {
    const escape = "\u001b[";
    const looked = { outIsTerminal: true };
    const colour = async (args: readonly string[], changes: Partial<Terminal>): Promise<boolean> =>
      (await faultline(["check", "--out", fresh(), ...args], engineThatFinds(brokenRun), changes)).out.includes(escape);
    expect(await colour([], looked)).toBe(true);
    expect(await colour([], {})).toBe(false);
    expect(await colour(["--no-color"], looked)).toBe(false);
    expect(await colour([], { ...looked, colours: false })).toBe(false);
  });
});
