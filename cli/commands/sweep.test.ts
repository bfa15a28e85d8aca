/** `sweep` with two systems whose verdicts are made by hand, and with a real one. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { RunRecord, Verdict } from "../../checker/run-record.ts";
import { ModelError } from "../../checker/system.ts";
import { propertyWith, runWith, unmapAgainstFault } from "../../reports/example.ts";
import type { SweepRecord } from "../../reports/sweep.ts";
import { engine } from "../engine.ts";
import { fakeEngine } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine, RunRequest } from "../ports.ts";

const VARIED = ["--vary", "premap=0,1,2", "--vary", "headAdvance=batch,perEntry"];

const violated = { kind: "violated", trace: unmapAgainstFault } as const;

/** Breaks where two pages are mapped ahead and the head moves with each entry. */
function verdictOf({ set }: RunRequest): RunRecord {
  const isBroken = set["premap"] === 2 && set["headAdvance"] === "perEntry";
  return runWith([propertyWith("UNM-1", isBroken ? violated : { kind: "holds" })]);
}

function counting(check: (run: RunRequest) => RunRecord = verdictOf) {
  const asked: RunRequest[] = [];
  const counted: Engine = {
    ...fakeEngine,
    check: async (run) => {
      asked.push(run);
      return check(run);
    },
  };
  return { engine: counted, asked };
}

const open: RunRecord = runWith([propertyWith("UNM-1", { kind: "holds-within-bounds", bound: "max-states 9" })], {
  complete: false,
  stoppedBy: "max-states 9",
});

const swept = (args: readonly string[], one: Engine = counting().engine, changes = {}) =>
  faultline(["sweep", "page-queue", ...args], one, changes);

describe("faultline sweep", () => {
  test("says what holds, what breaks, what mends, and which pair breaks what neither breaks alone; 0", async () => {
    const { code, out, err } = await swept([...VARIED, "--out", fresh()]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("6 combinations of these, with how many values each: premap (3), headAdvance");
    expect(out).toContain("5 hold, 1 breaks a property.");
    expect(out).toContain("  - any run with premap=2 together with headAdvance=perEntry (1 run)\n");
    expect(out).toContain("  - mended by premap=0 or 1 alone\n  - mended by headAdvance=batch alone\n");
    expect(out).toContain("Pairs that break what neither of the two breaks alone, with the base:");
    expect(out).toContain("  - premap=2 together with headAdvance=perEntry: UNM-1\n");
    expect(out).toContain(
      "npx faultline check page-queue --hardware vtd --design rfc-v2 --bounds small --set premap=2 --set headAdvance=perEntry --stop-at never\n",
    );
  });

  test("prints one JSON object, which is kept too, or comma-separated values", async () => {
    const out = fresh();
    const { out: text } = await swept([...VARIED, "--json", "--out", out]);
    const { exit, ...record } = JSON.parse(text) as SweepRecord & { exit: number };
    expect(exit).toBe(0);
    expect(record.systems[0]!.runs.map(({ values }) => values.join(""))).toEqual(["00", "01", "10", "11", "20", "21"]);
    expect(record).toEqual(JSON.parse(readFileSync(join(out, "sweep.json"), "utf8")));
    const lines = (await swept([...VARIED, "--csv", "--out", fresh()])).out.split("\n");
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^system,hardware,design,bounds,premap,headAdvance,result,states,/);
    expect(lines[6]).toMatch(/^page-queue,vtd,rfc-v2,small,2,perEntry,breaks,12345,\d+,\d+,0,UNM-1,,,$/);
  });

  test("3: a search that did not end neither holds nor breaks, and no set rests on it", async () => {
    const { engine: one } = counting((run) => (run.set["premap"] === 1 ? open : verdictOf(run)));
    const { code, out } = await swept([...VARIED, "--out", fresh()], one);
    expect(code).toBe(3);
    expect(out).toContain("3 hold, 1 breaks a property, 2 are incomplete, and neither hold nor break.");
    expect(out).toContain("Neither hold nor break:\n\n  - premap=1: max-states 9\n");
    expect(out).toContain("without an answer in 2 runs");
  });

  test("3: a violation before the end of a search leaves open what else breaks, and what mends", async () => {
    const { engine: one } = counting(({ set: { premap, headAdvance } }) => {
      const isEarly = premap === 2 && headAdvance === "batch";
      const isBroken = premap !== 0 && headAdvance === "perEntry";
      const unbroken: Verdict = isEarly ? { kind: "unknown", because: "the search ended" } : { kind: "holds" };
      return runWith(
        [
          propertyWith("UNM-1", isBroken ? violated : unbroken),
          propertyWith("UNM-2", isEarly ? violated : { kind: "holds" }),
        ],
        isEarly ? { complete: false, stoppedBy: "max-states 9" } : {},
      );
    });
    const { code, out } = await swept([...VARIED, "--out", fresh()], one);
    expect(code).toBe(3);
    expect(out).toContain("3 hold, 3 break a property.");
    expect(out).toContain("  - mended by headAdvance=batch alone in 1 of 2 runs (1 without an answer)\n");
    expect(out).toContain(
      "Break a property, and may break others, as their searches ended early:\n\n  - premap=2: max-",
    );
  });

  test("4: a run that fails is told, and the others are made", async () => {
    const { engine: one, asked } = counting((run) => {
      if (run.set["premap"] === 1) throw new ModelError("two routes");
      return verdictOf(run);
    });
    const { code, out } = await swept([...VARIED, "--out", fresh()], one);
    expect(code).toBe(4);
    expect(asked).toHaveLength(6);
    expect(out).toContain("premap=1: mistake of the model: two routes");
  });

  test("leaves out combinations that cannot be built, and says why", async () => {
    const args = ["sweep", "unmap", "--vary", "premap=0,1,4", "--out", fresh()];
    const { code, err } = await faultline(args, counting().engine);
    expect({ code, err }).toEqual({
      code: 2,
      err: "faultline: unmap cannot be built with premap 4: it has no room for four pages.\n",
    });
    const rule = (run: RunRequest) =>
      run.set["premap"] === 0 && run.set["headAdvance"] === "batch" ? "no" : undefined;
    const { out } = await swept([...VARIED, "--out", fresh()], { ...counting().engine, impossible: rule });
    expect(out).toContain("5 combinations of these");
    expect(out).toContain("Left out: 1 combination (no).");
  });

  test("has the bytes of one job with several", async () => {
    const texts = await Promise.all(
      ["1", "3"].map(async (jobs) => {
        const out = fresh();
        const { out: text } = await swept([...VARIED, "--jobs", jobs, "--out", out]);
        return text + readFileSync(join(out, "sweep.json"), "utf8");
      }),
    );
    expect(texts[1]).toBe(texts[0]);
  });
});

test("Nothing of the user's is replaced", async () => {
  const out = fresh();
  mkdirSync(out);
  writeFileSync(join(out, "sweep.json"), "mine");
  const { code, err } = await swept([...VARIED, "--out", out]);
  expect(code).toBe(2);
  expect(err).toContain(
    `"${join(out, "sweep.json")}" cannot be written: it is there, and no run of faultline wrote it.`,
  );
});

describe("A sweep that is made again", () => {
  test("takes up what was kept, and gives the same bytes", async () => {
    const out = fresh();
    const first = await swept([...VARIED, "--out", out]);
    const again = counting();
    const second = await swept([...VARIED, "--out", out], again.engine);
    expect(again.asked).toEqual([]);
    expect(second.out).toBe(first.out);
    expect(second.err).toBe(`faultline: 6 of 6 results were in ${out}/sweep-runs.\n`);
    const more = counting();
    await swept(["--vary", "premap=0,1,3", "--vary", "headAdvance=batch,perEntry", "--out", out], more.engine);
    expect(more.asked.map(({ set }) => set["premap"])).toEqual([3, 3]);
    const bounded = counting();
    await swept([...VARIED, "--max-states", "5", "--out", out], bounded.engine);
    expect(bounded.asked).toHaveLength(6);
  });

  test("goes on after Ctrl-C: what is missing is searched, and the result is that of one go", async () => {
    const out = fresh();
    const control = new AbortController();
    const interrupted = counting((run) => {
      if (run.set["premap"] === 1) {
        control.abort(130);
        return { ...open, search: { ...open.search, stoppedBy: "interrupted" } };
      }
      return verdictOf(run);
    });
    const {
      code,
      out: text,
      err,
    } = await swept([...VARIED, "--out", out], interrupted.engine, {
      signal: control.signal,
    });
    expect(code).toBe(130);
    expect(text).toContain("2 hold, 1 is incomplete, and neither holds nor breaks, 3 not run.");
    expect(err).toContain("interrupted; 3 of 6 runs were not begun. The same command goes on from here.");
    const rest = counting();
    const whole = await swept([...VARIED, "--out", out], rest.engine);
    expect(rest.asked).toHaveLength(4);
    expect(whole.out).toBe((await swept([...VARIED, "--out", fresh()])).out);
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, -20)],
    ["changed", (text: string) => text.replace('"complete":true', '"complete":false')],
    ["empty", () => ""],
    ["of another run", (text: string) => text.replace("premap", "premop")],
  ])("searches a run again whose kept result is %s, and says so", async (_name, damage) => {
    const out = fresh();
    await swept([...VARIED, "--out", out]);
    const [name] = readdirSync(join(out, "sweep-runs")).sort();
    const path = join(out, "sweep-runs", name!);
    const before = readFileSync(path, "utf8");
    writeFileSync(path, damage(before));
    const again = counting();
    const { code, err } = await swept([...VARIED, "--out", out], again.engine);
    expect(code).toBe(0);
    expect(again.asked).toHaveLength(1);
    expect(err).toContain(`"${path}" is damaged: its run is searched again.`);
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});

describe("A mistake of the user is one error, exit code 2, and nothing is written:", () => {
  test.each([
    ["no system", [], "no system is named.", true],
    ["nothing varied", [], "nothing is varied in page-queue.", false],
    ["a knob that is none", ["--vary", "premop=1,2"], 'there is no knob "premop". Nearest: premap.', false],
    ["a value that is none", ["--vary", "headAdvance=batch,perEntri"], "Nearest: perEntry.", false],
    ["one value", ["--vary", "premap=1"], "--vary premap=1 varies nothing.", false],
    ["a value twice", ["--vary", "premap=1,1"], 'the value of premap "1" is given twice.', false],
    ["a knob twice", ["--vary", "premap=1,2", "--vary", "premap=3,4"], "--vary names premap twice.", false],
    [
      "a knob varied and set",
      ["--vary", "premap=1,2", "--set", "premap=1"],
      "--set and --vary both name premap.",
      false,
    ],
    ["no list", ["--vary", "premap"], '--vary cannot be "premap".', false],
    ["hardware that is none", ["--hardware", "vtd,riscw"], 'there is no hardware "riscw".', false],
    ["two forms", [...VARIED, "--json", "--csv"], "--json and --csv exclude each other.", false],
    ["two methods", [...VARIED, "--pairs", "--each-pair"], "--pairs and --each-pair exclude each other.", false],
    ["more shards than runs", [...VARIED, "--shard", "1/7"], "--shard 1/7 divides 6 runs.", false],
  ])("%s", async (_name, args, message, isAlone) => {
    const out = fresh();
    const {
      code,
      out: text,
      err,
    } = await faultline(["sweep", ...(isAlone ? [] : ["page-queue"]), ...args, "--out", out], counting().engine);
    expect({ code, text }).toEqual({ code: 2, text: "" });
    expect(err).toContain(message);
    expect(existsSync(out)).toBe(false);
  });

  test("a knob that the system does not look at", async () => {
    const { code, err } = await faultline(["sweep", "unmap", "--vary", "headAdvance=all"], counting().engine);
    expect({ code, err }).toEqual({
      code: 2,
      err: "faultline: nothing in unmap looks at headAdvance, which --vary names.\n  Expected a knob of faultline list knobs unmap.\n",
    });
  });
});

describe("With the real systems", () => {
  const quick: Engine = { ...engine, check: async () => runWith([propertyWith("UNM-1", { kind: "holds" })]) };
  const args = ["sweep", "unmap-race", "--bounds", "small"];

  test("the order of an unmap decides about DMA to unpinned pages, and the answer under lock about a late Success", async () => {
    const varied = ["--vary", "releaseOrder=standard,unpin-before-wait", "--vary", "respondWhen=all"];
    const { code, out } = await faultline([...args, ...varied, "--json", "--out", fresh()], engine);
    const { systems } = JSON.parse(out) as SweepRecord;
    const { claims, runs } = systems[0]!;
    const sets = Object.fromEntries(claims.map((claim) => [claim.id, claim.sets.map(({ settings }) => settings)]));
    expect([code, runs.length]).toEqual([0, 4]);
    expect(sets["SAFE-2"]).toEqual([[{ factor: 0, value: 1 }]]);
    expect(sets["RSP-9"]).toEqual([[{ factor: 1, value: 0 }]]);
    // With nothing set it is the run of the suite, which lists RSP-9.
    expect(claims.find(({ id }) => id === "RSP-9")?.known).toBe(1);
  });

  test("two threads give the bytes of none", () => {
    const program = fileURLToPath(new URL("../faultline.mjs", import.meta.url));
    const found = ["1", "2"].map((jobs) => {
      const out = fresh();
      const varied = ["--vary", "callback=all", "--vary", "sequenceCompared=all"];
      const rest = ["sweep", "mm-events", "--bounds", "small", ...varied, "--jobs", jobs, "--out", out];
      const { status, stdout } = spawnSync(process.execPath, [program, ...rest], { encoding: "utf8" });
      expect(status).toBe(0);
      return stdout + readFileSync(join(out, "sweep.json"), "utf8");
    });
    expect(found[0]).toContain("any run with callback=start-end together with sequenceCompared=false");
    expect(found[1]).toBe(found[0]);
  }, 120_000);

  test("all knobs in pairs: each pair of values that can be built is in a run, and sizes stay as they are", async () => {
    const args = ["sweep", "nested", "--bounds", "small", "--vary", "all", "--pairs", "--json", "--out", fresh()];
    const { out } = await faultline(args, quick);
    const [sweep] = (JSON.parse(out) as SweepRecord).systems;
    const { factors, runs, unmet } = sweep!;
    const names = factors.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["recall", "viommuKind", "discardScope"]));
    expect(
      names.filter((name) => engine.variable(runs[0]!.request).some((knob) => knob.name === name && knob.isSize)),
    ).toEqual([]);
    const met = new Set(
      runs.flatMap(({ values }) =>
        values.flatMap((a, f) => values.slice(f + 1).map((b, g) => `${f}=${a} ${f + 1 + g}=${b}`)),
      ),
    );
    const all = factors.flatMap(({ values }, f) =>
      values.flatMap((_, a) =>
        factors.slice(f + 1).flatMap((other, g) => other.values.map((_value, b) => `${f}=${a} ${f + 1 + g}=${b}`)),
      ),
    );
    const missed = new Set(unmet.map(([a, b]) => `${a.factor}=${a.value} ${b.factor}=${b.value}`));
    expect(missed.size).toBeGreaterThan(0);
    expect(all.filter((pair) => met.has(pair) === missed.has(pair))).toEqual([]);
    expect(runs.every(({ request }) => engine.impossible(request) === undefined)).toBe(true);
    // What is not varied is not set, so that each run is as short as can be.
    expect(runs[0]!.request.set).toEqual({});
  });

  test("what is known to break a property elsewhere is told where these runs do not show it", async () => {
    const varied = ["--vary", "hearsExit=true,false", "--vary", "sequenceCompared=true,false"];
    const args = ["sweep", "mm-events", "--bounds", "small", ...varied, "--out", fresh()];
    const { code, out } = await faultline(args, engine);
    expect(code).toBe(0);
    const [, told] = out.split("Known to break properties elsewhere, and broke none of them in these runs:\n");
    expect(told).toContain("  - hearsExit=false: MMX-");
    expect(told).toContain("--set happens=exits --set hearsExit=false");
    expect(told).not.toContain("sequenceCompared=false:");
  });

  test("values that nothing can be built with are left out of all, and named", async () => {
    const varied = ["--vary", "reclaim=all", "--vary", "limit=0,1"];
    const { code, out } = await faultline(["sweep", "iommufd", ...varied, "--out", fresh()], quick);
    expect(code).toBe(0);
    expect(out).toContain("Left out: reclaim=periodic (nothing evicts beside the thread that pins");
    expect(out).toContain("4 combinations of these, with how many values each: reclaim (2), limit (2).");
  });

  test("where presets differ in a knob, each of them is run with every value of it, once", async () => {
    const varied = ["--hardware", "vtd,riscv", "--vary", "clearPolicy=all"];
    const { out } = await faultline(["sweep", "pri-overflow", ...varied, "--csv", "--out", fresh()], quick);
    const runs = out.split("\n").slice(1, -1);
    expect(
      runs.map((run) =>
        run
          .split(",")
          .filter((_, k) => k === 1 || k === 4)
          .join(" "),
      ),
    ).toEqual(
      ["vtd", "riscv"].flatMap((name) => ["drainedOnly", "immediate", "never"].map((value) => `${name} ${value}`)),
    );
  });

  test("several designs keep their own values of what all varies", async () => {
    const varied = ["--design", "linux-6.12.117,intended", "--vary", "hwptDetach=all"];
    const { out } = await faultline(["sweep", "iommufd", ...varied, "--csv", "--out", fresh()], quick);
    const [titles, first] = out.split("\n");
    expect(titles).toMatch(/^system,hardware,design,bounds,hwptDetach,/);
    expect(first).toMatch(/^iommufd,any,linux-6\.12\.117,default,preset,holds,/);
  });
});
