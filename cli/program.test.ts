import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ModelError } from "../checker/system.ts";
import { unmapAgainstFault } from "../reports/example.ts";
import {
  brokenRun,
  engineThatFinds,
  fakeEngine,
  fakeTerminal,
  goodRun,
  incompleteRun,
  unseenRun,
} from "./fake-engine.ts";
import type { Engine } from "./ports.ts";
import { run } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "faultline-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;
const fresh = (): string => join(directory, String(made++));

async function faultline(args: readonly string[], engine: Engine = fakeEngine, changes: Partial<Terminal> = {}) {
  const { terminal, written } = fakeTerminal(changes);
  const code = await run(args, async () => engine, terminal);
  return { code, ...written };
}

/** The counterexample as a file. */
function stored(content: unknown = unmapAgainstFault): string {
  const path = `${fresh()}.json`;
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("faultline check", () => {
  test("0: everything is as expected; the records are kept", async () => {
    const out = fresh();
    const { code, out: text } = await faultline(["check", "--out", out], engineThatFinds(goodRun));
    expect(code).toBe(0);
    expect(text).toMatch(/^Complete: all reachable states of 2 systems \(24 690 states\)\./);
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
    expect(seen).toEqual({ set: { premap: 2, headAdvance: "batch" }, maxStates: 500, maxMemory: 1_500_000_000 });
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

describe("A mistake of the user is told in one way, with exit code 2, and nothing is written", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [
      "system",
      ["check", "page-quue"],
      'faultline: there is no system "page-quue".\n  Nearest: page-queue.\n  Expected one of page-queue, unmap.\n',
    ],
    [
      "hardware",
      ["check", "--hardware", "vdt"],
      'faultline: there is no hardware "vdt".\n  Nearest: vtd.\n  Expected one of vtd, riscv.\n',
    ],
    ["knob", ["check", "--set", "premapp=1"], 'faultline: There is no knob "premapp". Nearest: premap.\n'],
    [
      "value",
      ["check", "--set", "premap=9"],
      'faultline: "9" is no value of premap (K40); expected a whole number from 0 to 4.\n',
    ],
    ["setting", ["check", "--set", "premap"], 'faultline: --set cannot be "premap".\n  Expected knob=value.\n'],
    [
      "setting twice",
      ["check", "--set", "premap=1", "--set", "premap=2"],
      "faultline: --set gives premap two values.\n  Expected each knob once.\n",
    ],
    [
      "number",
      ["check", "--max-states", "many"],
      'faultline: --max-states cannot be "many".\n  Expected a whole number of at least 1.\n',
    ],
    [
      "size",
      ["check", "--max-memory", "2X"],
      'faultline: --max-memory cannot be "2X".\n  Expected a size in bytes such as 500M, 2G or 1.5GiB.\n',
    ],
    [
      "format",
      ["report", "x.json", "--format", "pdf"],
      'faultline: there is no format "pdf".\n  Expected one of text, markdown, chart, json.\n',
    ],
    ["file", ["replay", "nowhere.json"], 'faultline: there is no file "nowhere.json".\n'],
    [
      "list",
      ["list", "knob"],
      'faultline: there is no list "knob".\n  Nearest: knobs.\n  Expected one of systems, hardware, hosts, bounds, knobs, properties.\n',
    ],
    [
      "class",
      ["conform", "--class", "cor"],
      'faultline: there is no class of recordings "cor".\n  Nearest: core.\n  Expected one of core, overflow.\n',
    ],
  ];
  test.each(cases)("%s", async (_name, args, text) => {
    const out = fresh();
    const { code, out: told, err } = await faultline(args[0] === "check" ? [...args, "--out", out] : args);
    expect({ code, told, err }).toEqual({ code: 2, told: "", err: text });
    expect(existsSync(out)).toBe(false);
  });

  test("a command that is nearly right", async () => {
    const { code, err } = await faultline(["chek"]);
    expect(code).toBe(2);
    expect(err).toContain("Did you mean check?");
  });

  test("no command at all", async () => {
    const { code, out, err } = await faultline([]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: faultline");
  });

  test("help is no mistake", async () => {
    const { code, out } = await faultline(["--help"]);
    expect(code).toBe(0);
    expect(out).toContain("Exit codes:");
  });

  test("an error that is nobody's mistake but ours is 4", async () => {
    const broken: Engine = { ...fakeEngine, runs: () => JSON.parse("{") as never };
    expect((await faultline(["check"], broken)).code).toBe(4);
  });
});

describe("faultline replay", () => {
  test("a counterexample that still breaks the property is 1, with its chart", async () => {
    const { code, out } = await faultline(["replay", stored()]);
    expect(code).toBe(1);
    expect(out).toContain("Replayed 5 steps: PIN-1 is violated.");
    expect(out).toContain("o device.reads page=0");
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

describe("faultline conform", () => {
  test("says how much was compared and what was left out", async () => {
    const { code, out } = await faultline(["conform"]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "2 sequences, 10 operations, 30 events compared by Linux 6.12: all equal.

      Out of scope:
      TIMES  REASON
          4  no page table here
      "
    `);
  });

  test("1: a difference, told with the state before it", async () => {
    const difference = {
      file: "a.jsonl",
      line: 3,
      index: 4,
      operation: { op: "run" },
      expected: [1],
      got: [2],
      before: { queue: [] },
    };
    const conform: Engine["conform"] = async () => ({
      adapters: ["x"],
      sequences: 1,
      operations: 5,
      compared: 9,
      differences: [difference],
      outOfScope: {},
    });
    const { code, out } = await faultline(["conform"], { ...fakeEngine, conform });
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "1 sequence, 5 operations, 9 events compared by x: 1 difference.

      DIFFERENT a.jsonl, line 3, operation 4:
        operation  {"op":"run"}
        recorded   [1]
        machines   [2]
        before     {"queue":[]}
      "
    `);
  });

  test("2: nothing was compared, which proves nothing", async () => {
    const conform: Engine["conform"] = async () => ({
      adapters: [],
      sequences: 0,
      operations: 0,
      compared: 0,
      differences: [],
      outOfScope: {},
    });
    expect((await faultline(["conform", "--class", "core"], { ...fakeEngine, conform })).code).toBe(2);
  });
});

describe("faultline report and list", () => {
  test("a run that was kept is told again in each format", async () => {
    const out = fresh();
    const first = await faultline(["check", "--out", out], engineThatFinds(brokenRun));
    const file = join(out, "run.json");
    const again = await faultline(["report", file, "--out", out]);
    expect(first.out.startsWith(again.out)).toBe(true);
    expect((await faultline(["report", file, "--format", "markdown", "--out", out])).out).toBe(
      readFileSync(join(out, "report.md"), "utf8"),
    );
    expect((await faultline(["report", file, "--format", "chart"])).out).toContain("|- - - - - ->[|");
    expect((await faultline(["report", file, "--format", "json"])).out).toBe(readFileSync(file, "utf8"));
  });

  test("a random search says that it proves nothing, and is 0", async () => {
    const { code, out } = await faultline(["random", "unmap", "--seed", "7", "--runs", "50", "--out", fresh()]);
    expect(code).toBe(0);
    expect(out).toMatch(/^50 random runs from seed 7: .* A random search proves nothing\./);
    expect(out).toContain("no violation UNM");
  });

  test("the knobs with their values", async () => {
    expect((await faultline(["list", "knobs"])).out).toMatchInlineSnapshot(`
      "KNOB         ID   WHAT IT DECIDES
      premap       K40  Pages mapped ahead of a fault. Values: a whole number from 0 to 4.
      headAdvance  K16  When the head moves. Values: one of perEntry, batch.
      "
    `);
  });

  test("--json lists the same", async () => {
    expect(JSON.parse((await faultline(["list", "systems", "--json"])).out)).toEqual({
      schema: "faultline-list/1",
      systems: fakeEngine.systems,
    });
  });
});
