import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokenRun, engineThatFinds, fakeEngine, goodRun } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

describe("faultline check: what was selected, and with what", () => {
  test("only knobs that the user set are compared with their defaults, not those of the suite's own runs", async () => {
    const compared: (readonly string[] | undefined)[] = [];
    const engine: Engine = {
      ...fakeEngine,
      runs: ({ set }) => fakeEngine.runs({ systems: ["unmap"], set: { headAdvance: "batch", ...set } }),
      check: async (_, { compares }) => {
        compared.push(compares);
        return goodRun;
      },
    };
    await faultline(["check", "--out", fresh()], engine);
    await faultline(["check", "--set", "premap=2", "--out", fresh()], engine);
    expect(compared).toEqual([[], ["premap"]]);
  });

  test.each([
    ["one system with choices of the user's", ["unmap", "--set", "premap=2"], ["first"]],
    ["one system as the suite runs it", ["unmap"], ["never"]],
    ["several systems", ["unmap", "page-queue", "--set", "premap=2"], ["never", "never"]],
    ["the suite", [], ["never", "never"]],
    ["one system, told to go on", ["unmap", "--set", "premap=2", "--stop-at", "never"], ["never"]],
    ["the suite, told to stop", ["--stop-at", "each"], ["each", "each"]],
  ])("a violation ends the search of %s as it should", async (_, args, expected) => {
    const stops: unknown[] = [];
    const check: Engine["check"] = async (_run, { stopAt }) => {
      stops.push(stopAt);
      return goodRun;
    };
    await faultline(["check", ...args, "--out", fresh()], { ...fakeEngine, check });
    expect(stops).toEqual(expected);
  });

  test("takes away the counterexamples of former runs, and nothing else", async () => {
    const out = fresh();
    await faultline(["check", "--out", out], engineThatFinds(brokenRun));
    const folder = join(out, "counterexamples");
    expect(readdirSync(folder).filter((name) => name.endsWith(".html"))).toHaveLength(2);
    const [pin = "", prq = ""] = readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
    expect([pin, prq]).toEqual([
      expect.stringMatching(/^PIN-1-\w+\.json$/),
      expect.stringMatching(/^PRQ-1-\w+\.json$/),
    ]);
    const mine = { "mine.json": readFileSync(join(folder, pin), "utf8"), "PIN-1-00000000.json": "{}", "notes.txt": "" };
    for (const [name, content] of Object.entries(mine)) writeFileSync(join(folder, name), content);
    const edited = JSON.parse(readFileSync(join(folder, prq), "utf8")) as { steps: unknown[] };
    writeFileSync(join(folder, prq), JSON.stringify({ ...edited, steps: edited.steps.slice(1) }));
    await faultline(["check", "--out", out], engineThatFinds(goodRun));
    const kept = [...Object.keys(mine), prq, prq.replace(/json$/, "html")];
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
    await faultline(["check", "--out", out], engineThatFinds(brokenRun));
    expect(readdirSync(folder)).toContain(pin);
  });

  test("says which systems were selected when none was named, and what to expect of one that is not meant for it", async () => {
    const chosen = await faultline(["check", "--set", "premap=1", "--out", fresh()], engineThatFinds(goodRun));
    expect(chosen.out).toMatch(/^Selected by knob premap: page-queue, unmap \(2 of 2 systems\)\.\n\nComplete/);
    const left = await faultline(["check", "--set", "headAdvance=batch", "--out", fresh()], engineThatFinds(goodRun));
    expect(left.out).toMatch(/^Selected by knob headAdvance: .*\.\nLeft out: unmap \(it has no queue\)\.\n\nComplete/);
    const named = await faultline(["check", "unmap", "--set", "premap=1", "--out", fresh()], engineThatFinds(goodRun));
    expect(named.out).toMatch(/^Complete/);
    expect(named.err).toBe("");
    const warned = { ...fakeEngine, warning: () => "unmap is large" };
    expect((await faultline(["check", "unmap", "--out", fresh()], warned)).err).toBe("faultline: unmap is large.\n");
    expect((await faultline(["random", "unmap", "--out", fresh()], warned)).err).toBe("");
  });

  test("a design that was named by its series: the first line says which release was run", async () => {
    const engine: Engine = {
      ...engineThatFinds(goodRun),
      hosts: [{ name: "linux-6.12.117", system: "unmap", sentence: "A kernel." }],
      runs: ({ systems }) => fakeEngine.runs({ systems, set: {} }).map((run) => ({ ...run, host: "linux-6.12.117" })),
    };
    const series = await faultline(["check", "unmap", "--host", "linux-6.12", "--out", fresh()], engine);
    expect(series.out).toMatch(
      /^Design linux-6\.12 is linux-6\.12\.117, the newest release of that series in the system\.\n\nComplete/,
    );
    const release = await faultline(["check", "unmap", "--host", "linux-6.12.117", "--out", fresh()], engine);
    expect(release.out).toMatch(/^Complete/);
    const { code, err } = await faultline(["check", "unmap", "--host", "linux-6.1", "--out", fresh()], engine);
    expect(code).toBe(2);
    expect(err).toContain("linux-6.12.117");
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
    // Without a size: half of the machine's memory.
    await faultline(["check", "unmap", "--out", fresh()], {
      ...fakeEngine,
      check: async (_run, { maxMemory }) => {
        expect(maxMemory).toBe(4_000_000_000);
        return goodRun;
      },
    });
    expect(seen).toEqual({
      set: { premap: 2, headAdvance: "batch" },
      maxStates: 500,
      maxMemory: 1_500_000_000,
      maxProcess: 1_500_000_000,
      symmetry: true,
      stopAt: "first",
      compares: ["premap", "headAdvance"],
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

describe("faultline check --checkpoint and --resume", () => {
  test.each([
    ["several systems", ["--checkpoint", "d"], "a checkpoint is of one search, and these are 2."],
    ["both", ["unmap", "--checkpoint", "d", "--resume", "d"], "--checkpoint and --resume exclude each other."],
    ["a search that keeps no states", ["unmap", "--resume", "d", "--approximate"], "--approximate keeps no states"],
    ["no directory", ["unmap", "--checkpoint-every", "5"], "--checkpoint-every has no effect without"],
    ["no number", ["unmap", "--resume", "d", "--checkpoint-every", "1.5"], '--checkpoint-every cannot be "1.5".'],
  ])("with %s is refused", async (_, args, message) => {
    const { code, err } = await faultline(["check", ...args, "--out", fresh()]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test("hand the directory on, and print what is noted", async () => {
    const given: unknown[] = [];
    const check: Engine["check"] = async (_run, { checkpoint }, { onNote }) => {
      given.push(checkpoint);
      onNote?.("the disk is full");
      return goodRun;
    };
    const engine = { ...fakeEngine, check };
    const { err } = await faultline(["check", "unmap", "--resume", "d", "--out", fresh()], engine);
    await faultline(["check", "unmap", "--checkpoint", "e", "--checkpoint-every", "5", "--out", fresh()], engine);
    expect(err).toContain("faultline: the disk is full.\n");
    expect(given).toEqual([
      { directory: "d", isResumed: true, seconds: 60, tool: "faultline" },
      { directory: "e", isResumed: false, seconds: 5, tool: "faultline" },
    ]);
  });
});
