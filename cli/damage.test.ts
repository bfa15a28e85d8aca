/** Whatever a file has become, it is told in one way: never an exit code of a mistake of ours, never a stack. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Json } from "../checker/json.ts";
import type { TraceRecord } from "../checker/run-record.ts";
import { exampleRuns, unmapAgainstFault } from "../reports/example.ts";
import { damages, FEW, textDamages, type Damaged } from "./damage.ts";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";
import { storedRuns } from "./stored-runs.ts";

const FORMATS = ["text", "markdown", "chart", "steps", "json"];
const OF_PATHS = [...FORMATS, "mermaid", "itf"];
const OF_RUNS = [...FORMATS, "ktap", "junit", "github", "summary"];
const path = `${fresh()}.json`;

/** What is wrong with how a command ended, when only these codes are allowed; undefined: nothing. */
function objection(code: number, err: string, codes: readonly number[], out = ""): string | undefined {
  if (!codes.includes(code)) return `exit ${code}: ${err.slice(0, 400)}`;
  if (/^ +at /m.test(err)) return `a stack: ${err.slice(0, 400)}`;
  // What happened, what is near, what was expected.
  if (err.split("\n").length > 4) return `${err.split("\n").length} lines: ${err.slice(0, 400)}`;
  if (/[\p{Cc}\p{Cf}]/u.test(err.replaceAll("\n", ""))) return `controls: ${JSON.stringify(err)}`;
  if (/[\p{Cc}]/u.test(out.replaceAll("\n", ""))) return `controls: ${JSON.stringify(out)}`;
  return undefined;
}

async function fault(args: readonly string[], codes: readonly number[]): Promise<string | undefined> {
  const { code, out, err } = await faultline(args, engine);
  return objection(code, err, codes, out);
}

/** The objections to the commands on all files, and how many files there were and were refused: neither none nor all. */
async function faults(files: Iterable<Damaged>, commands: readonly (readonly string[])[], codes: readonly number[]) {
  const found: string[] = [];
  let [tried, refused] = [0, 0];
  for (const { name, text } of files) {
    // A file that is made anew may stay in memory; one that is cut to nothing and written again may have to reach the disk.
    rmSync(path, { force: true });
    writeFileSync(path, text);
    tried++;
    for (const command of commands) {
      const { code, out, err } = await faultline(command, engine);
      const wrong = objection(code, err, codes, out);
      if (wrong !== undefined) found.push(`${command.join(" ")}, ${name}: ${wrong}`);
      if (code !== 2) continue;
      // What one command refuses to read, the others do too.
      refused++;
      break;
    }
  }
  return { found, tried, refused };
}

const regression = JSON.parse(
  readFileSync(fileURLToPath(new URL("../scenarios/regressions/GRP-3-807dde38.json", import.meta.url)), "utf8"),
) as Json;

/** The counterexample that the regression was; the values of a few knobs stand for all. */
async function counterexample(): Promise<Json> {
  writeFileSync(path, JSON.stringify(regression));
  const { out } = await faultline(["replay", path, "--json"], engine);
  const { trace } = JSON.parse(out) as { trace: TraceRecord };
  const parts = trace.model.parameters as { readonly [part: string]: { readonly [knob: string]: Json } };
  const parameters = Object.fromEntries(
    Object.entries(parts).map(([part, knobs]) => [part, Object.fromEntries(Object.entries(knobs).slice(0, 2))]),
  );
  // What the file says of the steps besides is damaged where it is reported; to replay it, their actions are what counts.
  const steps = trace.steps.map(({ action, transfers }) => ({ action, transfers: transfers.slice(0, 1), changes: [] }));
  return { ...trace, steps, model: { ...trace.model, parameters } } as unknown as Json;
}

describe("a damaged file ends with 0, 1, 2 or 3, in a few lines", () => {
  test("what ends otherwise is seen", async () => {
    writeFileSync(path, JSON.stringify(regression));
    const replay = () => Promise.reject(new TypeError("x"));
    const { code, err } = await faultline(["replay", path], { ...engine, replay });
    expect(objection(code, err, [0, 1, 2, 3])).toMatch(/^exit 4/);
    expect(objection(code, err, [4])).toMatch(/^a stack/);
    expect(objection(0, "", [0], "\u001b[2J")).toMatch(/^controls/);
  });

  test("a counterexample, replayed and saved", async () => {
    const trace = await counterexample();
    const commands = [
      ["replay", path],
      ["save", path, "--to", fresh()],
    ];
    expect((await faults(textDamages(JSON.stringify(trace)), commands, [2])).found).toEqual([]);
    const { found, tried, refused } = await faults(damages(trace, FEW), commands, [0, 1, 2, 3]);
    expect(found).toEqual([]);
    expect(tried).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(tried / 2);
    expect(refused).toBeLessThan(tried);
  });

  test("a regression, replayed", async () => {
    const { found, tried, refused } = await faults(damages(regression), [["replay", path]], [0, 1, 2, 3]);
    expect(found).toEqual([]);
    expect(tried).toBeGreaterThan(300);
    expect(refused).toBeLessThan(tried);
  });

  test.each([
    ["a counterexample", unmapAgainstFault as unknown as Json, OF_PATHS],
    ["runs", storedRuns(exampleRuns, { expectKnown: true }) as unknown as Json, OF_RUNS],
    [
      "runs of the version before",
      { schema: "faultline-runs/1", expectKnown: true, runs: exampleRuns } as unknown as Json,
      OF_RUNS,
    ],
    ["a run", exampleRuns[0] as unknown as Json, OF_RUNS],
  ])("%s, reported", async (_, document, formats) => {
    const commands = formats.map((format) => ["report", path, "--format", format]);
    expect((await faults(textDamages(JSON.stringify(document)), commands, [2])).found).toEqual([]);
    const { found, tried, refused } = await faults(damages(document, FEW), commands, [0, 2]);
    expect(found).toEqual([]);
    expect(tried).toBeGreaterThan(300);
    expect(refused).toBeLessThan(tried);
  });

  test.each([
    "linux-6.1-harness",
    "linux-6.1-booted",
    "linux-6.12-harness",
    "linux-6.12-booted-iommufd",
    "riscv-page-queue",
    "riscv-ats-and-page-queue",
  ])("a recording, %s", async (name) => {
    const data = readFileSync(fileURLToPath(new URL(`../scenarios/recorded/data/${name}.jsonl.gz`, import.meta.url)));
    const lines = gunzipSync(data).toString("utf8").trim().split("\n");
    const conform = [["conform", path]];
    const first = lines[0]!;
    // Two documents are two lines of a recording.
    const texts = textDamages(first).filter(({ name: how }) => how !== "two documents");
    const strange = [`${first}\nnull\n`, `null\n${first}`, `${first}\n\uFEFF${first}`, `${first}\n[]`, `${first} 1`];
    const both = [...texts, ...strange.map((text) => ({ name: "a strange line", text }))];
    expect((await faults(both, conform, [2])).found).toEqual([]);
    const { found, tried, refused } = await faults(damagedLines(lines), conform, [0, 1, 2]);
    expect(found).toEqual([]);
    expect(tried).toBeGreaterThan(400);
    expect(refused).toBeGreaterThan(tried / 2);
    expect(refused).toBeLessThan(tried);
  });
});

type Entry = { readonly [field: string]: Json };

/** Damage to a short line as a whole, and to each kind of operation and of event, at the end of a line. */
function* damagedLines(lines: readonly string[]): Generator<Damaged> {
  const seen = new Set<string>();
  for (const line of [...lines].sort((a, b) => a.length - b.length)) {
    const recording = JSON.parse(line) as { readonly [list: string]: readonly Entry[] };
    if (seen.size === 0) yield* damages(recording);
    for (const list of ["ops", "steps", "events"])
      for (const [k, entry] of (recording[list] ?? []).entries()) {
        const kind = `${list}: ${String(entry["op"] ?? entry["ev"])}`;
        if (seen.has(kind)) continue;
        seen.add(kind);
        // What was recorded of operations that are cut is cut too.
        const events = list === "ops" && { events: recording["events"]!.filter(({ i }) => Number(i) < k) };
        const cut = { ...recording, ...events, [list]: [...recording[list]!.slice(0, k), "HERE"] };
        for (const { name, text } of damages(entry, FEW))
          yield { name: `${kind}, ${name}`, text: JSON.stringify(cut).replace('"HERE"', () => text || "null") };
      }
  }
}

describe("files that are none", () => {
  const good = JSON.stringify(unmapAgainstFault);

  test("a byte order mark and ends of lines of another system are accepted", async () => {
    for (const text of [`\uFEFF${good}`, JSON.stringify(unmapAgainstFault, null, 2).replaceAll("\n", "\r\n")]) {
      writeFileSync(path, text);
      expect((await faultline(["report", path], engine)).code).toBe(0);
    }
  });

  test.each<[string, Uint8Array]>([
    ["gzip", gzipSync(good)],
    ["cut gzip", gzipSync(good).subarray(0, 30)],
    ["UTF-16", Buffer.from(`\uFEFF${good}`, "utf16le")],
    ["binary", Uint8Array.from({ length: 4096 }, (_, k) => (k * 167) % 256)],
    ["nothing", new Uint8Array()],
  ])("%s is 2", async (_, bytes) => {
    writeFileSync(path, bytes);
    for (const command of ["replay", "report", "save"]) expect(await fault([command, path], [2])).toBe(undefined);
    writeFileSync(`${path}.gz`, bytes);
    for (const recording of [path, `${path}.gz`]) expect(await fault(["conform", recording], [2])).toBe(undefined);
  });

  const directory = fresh();
  mkdirSync(directory);

  const pipe = fresh();
  execFileSync("mkfifo", [pipe]);

  test("a pipe is 2, and is not waited for", async () => {
    for (const command of ["replay", "report", "save", "conform"]) {
      const { code, err } = await faultline([command, pipe], engine);
      expect(code).toBe(2);
      expect(err).toBe(`faultline: "${pipe}" cannot be read: it is no regular file.\n`);
    }
  });

  test("a name that is empty is told as one", async () => {
    for (const command of ["replay", "report", "save", "conform"])
      expect((await faultline([command, ""], engine)).err).toBe('faultline: there is no file "".\n');
  });

  test.each(["/dev/null", "/dev/zero", "/no/such\nfile\u001b[2J\u202e", "", "\u0000", "/etc/passwd/x", directory])(
    "%j is 2",
    async (name) => {
      for (const command of ["replay", "report", "save", "conform"])
        expect(await fault([command, name], [2])).toBe(undefined);
    },
  );
});
