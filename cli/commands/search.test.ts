import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ModelError } from "../../checker/system.ts";
import { unmapAgainstFault } from "../../reports/example.ts";
import { brokenRun, engineThatFinds, fakeEngine, goodRun, incompleteRun, unseenRun } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import { BrokenOff, ThreadLost, type Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

describe("faultline check", () => {
  test("0: everything is as expected; the records are kept", async () => {
    const out = fresh();
    const { code, out: text } = await faultline(["check", "--out", out], engineThatFinds(goodRun));
    expect(code).toBe(0);
    expect(text).toMatch(/^Complete: all reachable states of 2 configurations \(24 690 states\)\./);
    expect(readdirSync(out).sort()).toEqual(["report.html", "report.md", "run.json"]);
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

  test("a violation is told on stderr when it is found, also beside --json and a live line, and kept at Ctrl-C", async () => {
    let interrupt = new AbortController();
    let now = 0;
    const check: Engine["check"] = async (_run, _limits, watch) => {
      now = 2100;
      watch.onViolation?.({ id: "PIN-1", statement: "It is pinned.", where: "at depth 27", search: "goes on" });
      await watch.onProgress({ kind: "states", states: 9, depth: 28, queue: 1, violations: 1, known: 2 });
      interrupt.abort(130);
      return { ...brokenRun, search: { ...brokenRun.search, complete: false, stoppedBy: "interrupted" } };
    };
    const out = fresh();
    const args = ["check", "unmap", "--set", "premap=2", "--stop-at", "never", "--out", out];
    const checked = (more: readonly string[], terminal: Partial<Terminal>) =>
      faultline(
        [...args, ...more],
        { ...fakeEngine, check },
        { signal: interrupt.signal, now: () => now, ...terminal },
      );
    const { code, out: text, err } = await checked([], { errIsTerminal: true, columns: 80 });
    expect(code).toBe(130);
    expect(err).toContain(
      "\r\u001b[2KVIOLATED PIN-1 at depth 27 after 2.10 s; searching on (Ctrl-C keeps it).\n  PIN-1: It is pinned.\n",
    );
    expect(err).toContain("9 states, depth 28, 1 violation, 2 known, queue 1");
    expect(text).toMatch(
      /^1 property is VIOLATED: PIN-1; 1 property is KNOWN to fail: PRQ-1\.\nIncomplete \(interrupted\): /,
    );
    expect(text).toContain("PIN-1 is violated after step 5: ");
    expect(readdirSync(join(out, "counterexamples"))).toContainEqual(expect.stringMatching(/^PIN-1-\w+\.json$/));
    interrupt = new AbortController();
    const json = await checked(["--json"], {});
    expect(JSON.parse(json.out)).toMatchObject({ exit: 130 });
    expect(json.err).toMatch(/^VIOLATED PIN-1 at depth 27 /);
  });

  test("1: a claim that something happens, which never happens", async () => {
    expect((await faultline(["check", "--out", fresh()], engineThatFinds(unseenRun, goodRun))).code).toBe(1);
  });

  test("0: a violation that the suite expects of this run; asked for by name, it is told with its chart", async () => {
    const known = { ...brokenRun, properties: brokenRun.properties.filter(({ id }) => id !== "PIN-1") };
    const ofSuite = await faultline(["check", "--out", fresh()], engineThatFinds(known));
    expect(ofSuite.code).toBe(0);
    expect(ofSuite.out).toContain(": PRQ-1 (5 steps), PRQ-1 (5 steps): the queue may overflow by design");
    expect(ofSuite.out).not.toContain("is violated after step");
    const named = await faultline(["check", "unmap", "--out", fresh()], engineThatFinds(known));
    expect(named.code).toBe(0);
    expect(named.out).toMatch(/^KNOWN PRQ-1: The claim PRQ-1 is made\.$/m);
    expect(named.out).toContain("PRQ-1 is violated after step 5");
    expect(named.out).toContain("  Expected here: the queue may overflow by design\n");
  });

  test("says under a violation what is known of it, in the text and in the page", async () => {
    const note = "violated without --set premap too: the queue is too short";
    const noted = {
      ...brokenRun,
      properties: brokenRun.properties.map((it) => ({ ...it, note })),
      notes: ["By the way."],
    };
    const out = fresh();
    const { code, out: text } = await faultline(["check", "unmap", "--out", out], engineThatFinds(noted));
    expect(code).toBe(1);
    expect(text).toContain(`  Note: ${note}\n`);
    const page = readFileSync(join(out, "report.md"), "utf8");
    expect(page).toContain(`Note: ${note}\n`);
    expect(page).toContain("## Notes\n\n- By the way.\n");
    expect((await faultline(["report", join(out, "run.json"), "--out", out])).out).toContain(`  Note: ${note}\n`);
  });

  test("1: a violation that is declared as known but does not happen", async () => {
    const outdated = { ...goodRun, properties: goodRun.properties.map((it) => ({ ...it, known: "once it was so" })) };
    const { code, out } = await faultline(["check", "--out", fresh()], engineThatFinds(outdated));
    expect(code).toBe(1);
    expect(out).toMatch(/^1 known violation is GONE: UNM-1\.\n/);
    expect(out).toContain(
      "\nNO LONGER BROKEN UNM-1: The claim UNM-1 is made.\n  Searched  unmap, hardware vtd, design rfc-v2",
    );
    expect(out).toContain("  Verdict   holds, but the suite lists it as violated: once it was so\n");
    expect(out).toContain(
      "  Command   npx faultline check unmap --hardware vtd --design rfc-v2 --bounds small --set premap=1 --stop-at never\n",
    );
  });

  test.each([
    ["check", { ...goodRun, search: { ...goodRun.search, complete: true } }],
    ["check", incompleteRun],
    ["random", goodRun],
  ])(
    "%s that is interrupted says how many runs were not begun, now and when it is told again",
    async (command, run) => {
      const interrupt = new AbortController();
      const search = async () => {
        interrupt.abort(130);
        const isRandom = command === "random";
        return { ...run, search: { ...run.search, ...(isRandom && { kind: "random" as const, complete: false }) } };
      };
      const [one] = fakeEngine.runs({ systems: ["unmap"], set: {} });
      const engine: Engine = {
        ...fakeEngine,
        runs: () => Array.from({ length: 5 }, () => one!),
        check: search,
        random: search,
      };
      const out = fresh();
      const { code, out: text, err } = await faultline([command, "--out", out], engine, { signal: interrupt.signal });
      expect(code).toBe(130);
      expect(err).toContain("4 of 5 runs were not begun");
      const again = (await faultline(["report", join(out, "run.json"), "--out", out])).out;
      for (const told of [text, again, readFileSync(join(out, "report.md"), "utf8")]) {
        expect(told).toContain(" 4 of 5 runs have no result.");
        expect(told).not.toMatch(/^\**Complete:/m);
      }
      if (command === "check")
        expect(text).toMatch(/^Incomplete: [01] of 5 configurations searched to the end \(.* in all\)\. 4 of 5 runs/);
      if (run === incompleteRun) expect(text).toContain("Incomplete (max-states 500): ");
    },
  );

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

  test("4: a thread that is lost takes its run with it, and no other one", async () => {
    const check: Engine["check"] = async ({ system }) => {
      if (system === "page-queue") throw new ThreadLost("worker exited with code: 3");
      return goodRun;
    };
    const folder = fresh();
    const { code, out, err } = await faultline(["check", "--out", folder], { ...fakeEngine, check });
    expect(code).toBe(4);
    expect(out).toContain("12 345");
    expect(err).toContain("lost thread in page-queue vtd rfc-v2 small: worker exited with code: 3");
    // What is kept does not look like a report of all runs.
    expect(out).toMatch(/^Incomplete: .* 1 of 2 runs has no result\./m);
    const told = await faultline(["report", join(folder, "run.json"), "--format", "ktap"]);
    const lost = "page-queue, hardware vtd, design rfc-v2, bounds small";
    expect(out).toContain(`\nNo result: ${lost}: lost thread: worker exited with code: 3.\n`);
    expect(told.out).toContain(`\nok 2 ${lost} # SKIP no result: lost thread: worker exited with code: 3\n`);
    const text = await faultline(["report", join(folder, "run.json")]);
    expect(text.out).toContain(`\nNo result: ${lost}: `);
    const kept = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as { missing: readonly object[] };
    writeFileSync(join(folder, "run.json"), JSON.stringify({ ...kept, missing: [...kept.missing, ...kept.missing] }));
    const wrong = await faultline(["report", join(folder, "run.json")]);
    expect({ code: wrong.code, err: wrong.err }).toEqual({
      code: 2,
      err: expect.stringContaining("it names 2 runs without a result, and counts 1."),
    });
  });

  test("4: a mistake of the model after a violation; the violation is told and kept", async () => {
    const check: Engine["check"] = async () => {
      const search = { ...brokenRun.search, complete: false, stoppedBy: "a mistake of the model" };
      throw new BrokenOff('"a" emits "b", but no route takes it.', { ...brokenRun, search });
    };
    const out = fresh();
    const { code, out: text, err } = await faultline(["check", "unmap", "--out", out], { ...fakeEngine, check });
    expect(code).toBe(4);
    expect(text).toContain("\nIncomplete (a mistake of the model): ");
    expect(text).toContain("PIN-1 is violated after step 5: ");
    expect(err).toContain('mistake of the model in unmap vtd rfc-v2 small: "a" emits "b", but no route takes it.');
    expect(err).not.toContain("not begun");
    expect(readdirSync(join(out, "counterexamples"))).toHaveLength(5);
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
});
