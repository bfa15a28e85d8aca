/** Every command has examples, and each example is a command line that this tool takes. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, describe, test } from "vitest";
import { exampleRuns, unmapAgainstFault } from "../reports/example.ts";
import { fakeEngine, goodRun as good } from "./fake-engine.ts";
import { engine } from "./engine.ts";
import { fresh, faultline, stored } from "./fake-run.ts";
import { help } from "./help.ts";
import type { Engine } from "./ports.ts";
import { storedRuns } from "./stored-runs.ts";

/** The real names, and searches that are over at once. */
const quick: Engine = {
  ...engine,
  check: async () => good,
  random: async () => good,
  conform: fakeEngine.conform,
  conformanceOfAll: fakeEngine.conformanceOfAll,
  replay: fakeEngine.replay,
  why: fakeEngine.why,
  measure: fakeEngine.measure,
  found: fakeEngine.found,
  save: async () => ({ name: "RSP-12-95b77e82.json", content: "{}\n" }),
};

/** What stands for a file of a run. */
const kept = (path: string): unknown =>
  path.endsWith("/run.json") ? storedRuns(exampleRuns, { expectKnown: true }) : unmapAgainstFault;

/** The example with files that are there only after a run replaced by one that is here. */
function argsOf(line: string, out: string): readonly string[] {
  const args = line.split(" ").slice(1);
  const [command = ""] = args;
  const here = args.map((arg, k) =>
    args[k - 1] === "--write" ? tmpdir() : arg.startsWith("reports/out/") ? stored(kept(arg)) : arg,
  );
  if (command === "check" || command === "random" || command === "sweep") return [...here, "--out", out];
  return command === "save" ? [...here, "--to", out] : here;
}

/** Patches, shards and servers that only the reader has, what runs until it is stopped, searches of many questions, and every comparison. */
const isOfReader = (line: string): boolean =>
  /--queue|explore|impact (?!--)|\| faultline|merge |scenarios .*(--all|circle)|refine$/.test(line);

const examples = Object.entries(help).flatMap(([command, { examples: own }]) =>
  own.map(([line]) => ({ command, line })),
);

describe("--help", () => {
  test("of all commands together is in groups, and names each once", async () => {
    const { out } = await faultline(["--help"]);
    for (const group of ["Search:", "Ask:", "Keep and compare:"]) expect(out).toContain(`\n${group}\n`);
    for (const command of Object.keys(help)) expect(out.match(new RegExp(`^  ${command} `, "gm"))?.length).toBe(1);
  });

  test.each(Object.keys(help))("of %s has its examples", async (command) => {
    const { code, out } = await faultline([command, "--help"]);
    expect(code).toBe(0);
    const own = out.slice(out.indexOf("\nExamples:\n"));
    expect(own.split("\n").filter((line) => line.length > 84)).toEqual([]);
    for (const [line, does] of help[command]!.examples) {
      expect(out).toContain(`  ${line}`);
      expect(out).toContain(does);
      expect(line).toContain(`faultline ${command}`);
    }
  });

  test.each(examples.filter(({ line }) => !isOfReader(line)))("$line runs", async ({ line }) => {
    const { code, err } = await faultline(argsOf(line, fresh()), quick);
    expect([line, code, err.includes("faultline:")]).toEqual([line, code === 1 ? 1 : 0, false]);
  });

  test("and an example that is wrong would be found", async () => {
    expect((await faultline(argsOf("faultline check pri-flat --set limt=1", fresh()), quick)).code).toBe(2);
    expect((await faultline(argsOf("faultline list knobs iomufd", fresh()), quick)).code).toBe(2);
  });

  test("names only files of the project that there are", () => {
    const paths = examples.flatMap(({ line }) => line.match(/scenarios\/regressions\/\S+/g) ?? []);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(existsSync(new URL(`../${path}`, import.meta.url))).toBe(true);
  });
});

test("--host is --design by its former name, and both together are one too many", async () => {
  const args = ["check", "--bounds", "small"];
  const run = async (...more: readonly string[]) => (await faultline([...args, ...more, "--out", fresh()])).code;
  expect(await run("--design", "rfc-v2")).toBe(0);
  expect(await run("--host", "rfc-v2")).toBe(0);
  expect(await run("--design", "rfc-v2", "--host", "rfc-v3")).toBe(2);
});
