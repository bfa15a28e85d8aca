import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokenRun, engineThatFinds, fakeEngine } from "../fake-engine.ts";
import { engine as realEngine } from "../engine.ts";
import { faultline, fresh, stored } from "../fake-run.ts";
import type { Engine } from "../ports.ts";

describe("faultline conform", () => {
  test("says how much was compared and what was left out", async () => {
    const { code, out } = await faultline(["conform"]);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "2 of 3 sequences replayed, 10 operations, 30 events compared with Linux 6.12: all equal.

      Out of scope:
      TIMES  REASON
          4  no page table here

      Events of the test harness, not compared:
      TIMES  EVENT
          2  idle
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
      replayed: 1,
      operations: 5,
      compared: 9,
      differences: [difference],
      outOfScope: {},
      ofHarness: {},
      left: 0,
    });
    const { code, out } = await faultline(["conform"], { ...fakeEngine, conform });
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "1 sequence replayed, 5 operations, 9 events compared with x: 1 difference.

      DIFFERENT a.jsonl, line 3, operation 4:
        operation  {"op":"run"}
        recorded   [1]
        machines   [2]
        before     {"queue":[]}
      "
    `);
  });

  test("1: a difference is told, also when the recording says nothing that could be compared", async () => {
    const difference = {
      file: "a\u001b[2J.jsonl",
      line: 1,
      index: 1,
      operation: "x",
      expected: [],
      got: [],
      before: 0,
    };
    const conform: Engine["conform"] = async () => ({
      ...(await fakeEngine.conform([], [], { signal: new AbortController().signal, onProgress: () => undefined })),
      compared: 0,
      differences: [difference],
    });
    const { code, out } = await faultline(["conform"], { ...fakeEngine, conform });
    expect(code).toBe(1);
    expect(out).toContain("2 of 3 sequences replayed");
    expect(out).toContain("DIFFERENT a\\u001b[2J.jsonl, line 1");
  });

  test("2: nothing was compared, which proves nothing", async () => {
    const conform: Engine["conform"] = async () => ({
      adapters: [],
      sequences: 0,
      replayed: 0,
      operations: 0,
      compared: 0,
      differences: [],
      outOfScope: {},
      ofHarness: {},
      left: 0,
    });
    expect((await faultline(["conform", "--class", "core"], { ...fakeEngine, conform })).code).toBe(2);
  });

  test("2: nothing was replayed, because the only sequence is out of scope", async () => {
    const on = { enabled: true, on: true, overflow: false, memoryFault: false, interruptPending: false };
    const recording = (steps: readonly unknown[]) =>
      stored({ id: "x", entries: 4, initial: { head: 0, tail: 0, ...on }, steps });
    const invalid = { op: "device", device: 1, ats: false, pri: true, prpr: false, out: [] };
    const { code, out, err } = await faultline(["conform", recording([invalid])], realEngine);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("nothing was replayed: no recorded sequence of 1 is in scope.");
    const empty = await faultline(["conform", recording([])], realEngine);
    expect({ code: empty.code, out: empty.out }).toEqual({ code: 2, out: "" });
    expect(empty.err).toContain("steps: Too small");
  });
});

describe("faultline conform --write", () => {
  const folder = fresh();
  mkdirSync(folder);

  test("writes conformance.md, and says what was compared", async () => {
    const { code, out } = await faultline(["conform", "--write", folder]);
    expect(code).toBe(0);
    expect(out).toContain("30 events compared");
    expect(readFileSync(join(folder, "conformance.md"), "utf8")).toBe("# A page\n");
  });

  test("writes nothing after an interrupt", async () => {
    const conformanceOfAll: Engine["conformanceOfAll"] = async (watch) => ({
      ...(await fakeEngine.conformanceOfAll(watch)),
      page: undefined,
    });
    const other = fresh();
    mkdirSync(other);
    await faultline(["conform", "--write", other], { ...fakeEngine, conformanceOfAll });
    expect(readdirSync(other)).toEqual([]);
  });

  test.each([
    [["a.jsonl", "--write", folder], "conformance.md is made of all recordings."],
    [["--class", "core", "--write", folder], "conformance.md is made of all recordings."],
    [["--write", "/no/such"], 'the folder "/no/such" cannot be read'],
  ])("2: %j", async (args, message) => {
    const { code, err } = await faultline(["conform", ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("faultline conform, interrupted", () => {
  const interrupt = new AbortController();
  const conform: Engine["conform"] = async (...args) => {
    interrupt.abort();
    return { ...(await fakeEngine.conform(...args)), left: 971 };
  };

  test("130: says so, and how much was left out, and never that all is equal", async () => {
    const { code, out, err } = await faultline(["conform"], { ...fakeEngine, conform }, { signal: interrupt.signal });
    expect(code).toBe(130);
    expect(out).toContain("no difference until the interrupt.");
    expect(out).not.toContain("all equal");
    expect(err).toBe("faultline: interrupted; 971 recorded sequences not replayed.\n");
  });

  test("130: before anything was replayed, nothing is called equal", async () => {
    const nothing: Engine["conform"] = async (...args) => ({ ...(await conform(...args)), replayed: 0, operations: 0 });
    const { code, out } = await faultline(
      ["conform"],
      { ...fakeEngine, conform: nothing },
      { signal: interrupt.signal },
    );
    expect(code).toBe(130);
    expect(out).toContain("nothing was replayed before the interrupt.");
    expect(out).not.toContain("equal");
  });

  test("130, and what was left out, in the JSON", async () => {
    const { code, out } = await faultline(
      ["conform", "--json"],
      { ...fakeEngine, conform },
      { signal: interrupt.signal },
    );
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ exit: 130, left: 971 });
  });
});

describe("faultline report and list", () => {
  test("2: a file without a run", async () => {
    const file = stored({ schema: "faultline-runs/2", expectKnown: true, runs: [] });
    for (const format of ["text", "markdown", "chart", "steps", "json"]) {
      const { code, out, err } = await faultline(["report", file, "--format", format]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain("runs: expected at least one run.");
    }
  });

  test("a run that was kept is told again in each format", async () => {
    const out = fresh();
    const first = await faultline(["check", "--out", out], engineThatFinds(brokenRun));
    const file = join(out, "run.json");
    const again = await faultline(["report", file, "--out", out]);
    expect(first.out.startsWith(again.out)).toBe(true);
    expect((await faultline(["report", file, "--format", "markdown", "--out", out])).out).toBe(
      readFileSync(join(out, "report.md"), "utf8"),
    );
    expect((await faultline(["report", file, "--format", "chart"])).out).toContain("o....>|");
    expect((await faultline(["report", file, "--format", "steps"])).out).toContain(
      "device puts into page-requests: page-request page=0 last=true",
    );
    expect((await faultline(["report", file, "--format", "json"])).out).toBe(readFileSync(file, "utf8"));
  });

  test("formats for other programs take what they can tell, and name what they need", async () => {
    const out = fresh();
    await faultline(["check", "--out", out], engineThatFinds(brokenRun));
    const file = join(out, "run.json");
    const told = async (from: string, format: string) => faultline(["report", from, "--format", format, "--out", out]);
    expect((await told(file, "ktap")).out).toMatch(/^KTAP version 1\n1[.][.]2\n/);
    expect((await told(file, "junit")).out).toContain("<testsuites>");
    expect((await told(file, "github")).out).toMatch(/^::error title=/);
    expect((await told(file, "summary")).out).toContain("```mermaid");
    const several = await told(file, "mermaid");
    expect(several).toMatchObject({ code: 2, out: "", err: expect.stringContaining("tells one counterexample") });
    const path = stored();
    expect((await told(path, "mermaid")).out).toMatch(/^sequenceDiagram\n/);
    expect(JSON.parse((await told(path, "itf")).out)).toMatchObject({ "#meta": { format: "ITF" } });
    for (const format of ["ktap", "junit", "github", "summary"])
      expect(await told(path, format)).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringContaining("Expected run.json."),
      });
    expect(await told(file, "itf")).toMatchObject({ code: 2, out: "", err: expect.stringContaining("whole states") });
  });

  test("a random search says that it proves nothing, and is 0", async () => {
    const { code, out } = await faultline(["random", "unmap", "--seed", "7", "--runs", "50", "--out", fresh()]);
    expect(code).toBe(0);
    expect(out).toMatch(/^50 random runs from seed 7: .* A random search proves nothing\./);
    expect(out).toContain("no violation UNM");
  });

  test("the knobs with their systems and values", async () => {
    expect((await faultline(["list", "knobs"])).out).toMatchInlineSnapshot(`
      "KNOB         IN           DESCRIPTION
      premap       page faults  Pages mapped ahead of a fault. Values: a whole number from 0 to 4. Source: K40.
      headAdvance  page faults  When the head moves. Source: K16: when software writes the head register. Values: perEntry,
                                batch.

      What the values of a knob mean: faultline explain KNOB.

      What an id or a source says: faultline explain K9. All of them: docs/sources.md.
      "
    `);
  });

  test("the knobs of one system, with their defaults", async () => {
    expect((await faultline(["list", "knobs", "unmap"])).out).toMatchInlineSnapshot(`
      "KNOB    DEFAULT  DESCRIPTION
      premap  1        Pages mapped ahead of a fault. Values: a whole number from 0 to 4. Source: K40.

      unmap looks at these knobs with some hardware, design or bounds, or with some value of a second knob. The other knobs
      (1) make no difference in it.

      What an id or a source says: faultline explain K9. All of them: docs/sources.md.
      "
    `);
    expect(JSON.parse((await faultline(["list", "knobs", "unmap", "--json"])).out)).toMatchObject({
      system: "unmap",
      knobs: [{ name: "premap", default: 1 }],
    });
  });

  test("--json lists the same", async () => {
    expect(JSON.parse((await faultline(["list", "systems", "--json"])).out)).toEqual({
      schema: "faultline-list/1",
      systems: fakeEngine.systems,
    });
  });
});
