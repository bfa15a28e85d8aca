/** Shards put together are the run that was never divided, byte for byte; anything else is refused. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { engine } from "../engine.ts";
import { brokenRun, fakeEngine, goodRun } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine } from "../ports.ts";

/** Everything in the folder that a run left there, its own path taken out. */
const contentOf = (folder: string, names?: RegExp): readonly (readonly [string, string])[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(json|md|txt)$/.test(name) && (names?.test(name) ?? true))
    .sort()
    .map((name) => [name, readFileSync(join(folder, name), "utf8").replaceAll(folder, "OUT")]);

interface Divided {
  readonly args: readonly string[];
  readonly file: "run.json" | "sweep.json";
  readonly of: number;
  readonly engine: Engine;
}

/** The whole run, and each of its shards: directories and exit codes. */
async function divided({ args, of, engine: one }: Divided) {
  const whole = fresh();
  const made = await faultline([...args, "--out", whole], one);
  const shards: string[] = [];
  for (let k = 1; k <= of; k++) {
    const out = fresh();
    await faultline([...args, "--shard", `${k}/${of}`, "--out", out], one);
    shards.push(out);
  }
  return { whole, made, shards };
}

const breaksUnmap: Engine = {
  ...fakeEngine,
  check: async ({ system }) => (system === "unmap" ? brokenRun : goodRun),
};
const check: Divided = { args: ["check"], file: "run.json", of: 2, engine: breaksUnmap };
const sweep: Divided = {
  args: ["sweep", "page-queue", "unmap", "--vary", "premap=0,1,2"],
  file: "sweep.json",
  of: 4,
  engine: breaksUnmap,
};

describe.each([
  ["a check", check],
  ["a sweep", sweep],
  [
    "a check of real systems",
    {
      args: ["check", "stall-flat", "pri-flat", "pri-overflow", "--bounds", "small", "--set", "headAdvance=perEntry"],
      file: "run.json",
      of: 2,
      engine,
    },
  ],
] satisfies [string, Divided][])("Shards of %s", (_name, it) => {
  test("give the files, the text and the exit code of the whole, in whatever order they are named", async () => {
    const { whole, made, shards } = await divided(it);
    const out = fresh();
    const files = shards.map((shard) => join(shard, it.file)).reverse();
    const merged = await faultline(["merge", ...files, "--out", out], it.engine);
    expect(merged.code).toBe(made.code);
    expect(merged.out.replaceAll(out, "OUT")).toBe(made.out.replaceAll(whole, "OUT"));
    const names = it.file === "sweep.json" ? /^sweep\.json$/ : undefined;
    expect(contentOf(out, names)).toEqual(contentOf(whole, names));
    const json = await faultline(["merge", ...files, "--json", "--out", fresh()], it.engine);
    expect(JSON.parse(json.out)).toMatchObject({ exit: made.code });
  });
});

describe("Files that are not all shards of one command, each once, are one error:", () => {
  test.each([
    ["a shard of check is missing", check, ([a]: string[]) => [a!], "shard 2/2 missing."],
    ["a shard of a sweep is missing", sweep, ([a, , c]: string[]) => [a!, c!], "shards 2/4, 4/4 missing."],
    ["a file twice", check, ([a]: string[]) => [a!, a!], "is given twice."],
    ["a file that is no shard", check, ([a]: string[], whole: string) => [a!, whole], "is no shard."],
    ["a whole sweep", sweep, ([a]: string[], whole: string) => [a!, whole], "(faultline-sweep/1) is no shard."],
  ])("%s", async (_name, it, pick, message) => {
    const { whole, shards } = await divided(it);
    const files = pick(
      shards.map((shard) => join(shard, it.file)),
      join(whole, it.file),
    );
    const out = fresh();
    const { code, out: text, err } = await faultline(["merge", ...files, "--out", out], it.engine);
    expect({ code, text }).toEqual({ code: 2, text: "" });
    expect(err).toContain(message);
    expect(existsSync(out)).toBe(false);
  });

  const refused = async (files: readonly string[]): Promise<string> => {
    const { code, err } = await faultline(["merge", ...files, "--out", fresh()], breaksUnmap);
    expect(code).toBe(2);
    return err;
  };

  test("a shard of another command, or of other limits", async () => {
    const one = await divided(check);
    const other = await divided({ ...check, args: ["check", "--max-states", "5"] });
    const swept = await divided(sweep);
    const [a] = one.shards.map((shard) => join(shard, "run.json"));
    expect(await refused([a!, join(other.shards[1]!, "run.json")])).toContain("is a shard of another run than");
    expect(await refused([a!, join(swept.shards[1]!, "sweep.json")])).toContain("is of another command than");
  });

  test("a shard that was interrupted", async () => {
    const control = new AbortController();
    const interrupting: Engine = {
      ...fakeEngine,
      check: async () => {
        control.abort(130);
        return { ...goodRun, search: { ...goodRun.search, complete: false, stoppedBy: "interrupted" } };
      },
    };
    const outs = [fresh(), fresh()];
    const args = ["sweep", "page-queue", "--vary", "premap=0,1,2,3"];
    await faultline([...args, "--shard", "1/2", "--out", outs[0]!], interrupting, { signal: control.signal });
    await faultline([...args, "--shard", "2/2", "--out", outs[1]!], fakeEngine);
    expect(await refused(outs.map((out) => join(out, "sweep.json")))).toContain("has 0 of the 2 runs of shard 1/2.");
  });

  test("a shard that somebody changed, or took a counterexample of", async () => {
    const { shards } = await divided(sweep);
    const files = shards.map((shard) => join(shard, "sweep.json"));
    writeFileSync(files[1]!, readFileSync(files[1]!, "utf8").replace('"premap":2', '"premap":3'));
    expect(await refused(files)).toContain("was changed: its plan is another one.");
    const checked = await divided(check);
    const folder = join(checked.shards[1]!, "counterexamples");
    const [name] = readdirSync(folder).filter((one) => one.endsWith(".json"));
    rmSync(join(folder, name!));
    expect(await refused(checked.shards.map((shard) => join(shard, "run.json")))).toContain(
      `there is no file "${folder}`,
    );
  });

  test("a shard of a sweep whose results somebody changed, or that is said to be another shard", async () => {
    const { shards } = await divided({ ...sweep, of: 2 });
    const files = shards.map((shard) => join(shard, "sweep.json"));
    const texts = files.map((file) => readFileSync(file, "utf8"));
    const changed = async (change: (text: string, k: number) => string): Promise<string> => {
      for (const [k, file] of files.entries()) writeFileSync(file, change(texts[k]!, k));
      return refused(files);
    };
    const message = "was changed: its results are other ones.";
    expect(await changed((text) => text.replace(/"depth": ?\d+/, '"depth":1'))).toContain(message);
    // Each result would be told of the run of another shard.
    expect(await changed((text, k) => text.replace(/"index": ?\d/, `"index":${2 - k}`))).toContain(message);
  });

  test("--csv of a check", async () => {
    const { shards } = await divided(check);
    const files = shards.map((shard) => join(shard, "run.json"));
    expect(await refused([...files, "--csv"])).toContain("--csv is for sweeps");
  });
});

test("A report of one shard is one of its runs", async () => {
  const { shards } = await divided(check);
  const { code, out } = await faultline(["report", join(shards[1]!, "run.json")], breaksUnmap);
  expect(code).toBe(0);
  expect(out).toContain("PIN-1");
});
