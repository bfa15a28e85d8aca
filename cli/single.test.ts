/** Every option of every command: one value, given once, not empty; lists without holes and without names given twice. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fakeEngine, fakeTerminal } from "./fake-engine.ts";
import { faultline, fresh } from "./fake-run.ts";
import type { Engine } from "./ports.ts";
import { program } from "./program.ts";

const root = program(
  async () => fakeEngine,
  fakeTerminal().terminal,
  () => undefined,
  { version: "faultline 0" },
);

/** Options that may be given more than once. */
const REPEATED = ["--set", "--function", "--vary", "--count", "--cost"];

/** What a command needs besides its options. */
const NEEDED: { readonly [command: string]: readonly string[] } = {
  replay: ["x.json"],
  save: ["x.json"],
  report: ["x.json"],
  why: ["x.json"],
  merge: ["x.json"],
};

const valued = root.commands.flatMap((command) =>
  command.options
    .filter(({ required, optional }) => required || optional)
    .map(({ long }) => ({ command: command.name(), option: long! })),
);
const single = valued.filter(({ option }) => !REPEATED.includes(option));

/** Refuses before anything is searched, read or written. */
async function refusal(args: readonly string[]): Promise<string> {
  const touched: string[] = [];
  const touch = (what: string) => async () => {
    touched.push(what);
    throw new Error(`${what} was called`);
  };
  const engine = Object.fromEntries(
    Object.entries(fakeEngine).map(([name, part]) => [name, typeof part === "function" ? touch(name) : part]),
  ) as unknown as Engine;
  const { code, out, err } = await faultline(args, engine);
  expect({ code, out, touched }).toEqual({ code: 2, out: "", touched: [] });
  return err;
}

describe("an option that takes one value", () => {
  test("is found in the commands themselves", () => {
    expect(valued.length).toBeGreaterThan(15);
    expect(new Set(valued.map(({ command }) => command))).toEqual(
      new Set([
        "check",
        "random",
        "sweep",
        "merge",
        "why",
        "worker",
        "impact",
        "automaton",
        "coverage",
        "explore",
        "measure",
        "save",
        "scenarios",
        "conform",
        "defects",
        "report",
      ]),
    );
    expect(valued.filter(({ option }) => REPEATED.includes(option)).map(({ command }) => command)).toEqual([
      "check",
      "random",
      "sweep",
      "sweep",
      "why",
      "measure",
      "measure",
      "measure",
      "explore",
      "impact",
      "automaton",
    ]);
  });

  test.each([[["--function", ""]], [["--function=()"]], [["--function", "vfio_unmap_unpin", "--function", " "]]])(
    "a repeated name that is empty is refused: %j",
    async (args) => {
      const { code, err } = await faultline(["impact", ...args]);
      expect({ code, err }).toEqual({
        code: 2,
        err: "faultline: --function is empty.\n  Expected --function <name>.\n",
      });
    },
  );

  test.each(single)("$command $option: twice is refused, also twice the same", async ({ command, option }) => {
    const needed = NEEDED[command] ?? [];
    for (const [first, second] of [
      ["1", "2"],
      ["1", "1"],
    ] as const) {
      const text = `faultline: ${option} is given twice: "${first}" and "${second}".\n  Expected one ${option} `;
      expect(await refusal([command, ...needed, option, first, option, second])).toContain(text);
      expect(await refusal([command, ...needed, `${option}=${first}`, `${option}=${second}`])).toContain(text);
    }
  });

  test.each(single)("$command $option: an empty value is refused", async ({ command, option }) => {
    const needed = NEEDED[command] ?? [];
    for (const args of [[option, ""], [`${option}=`], [option, "  "]])
      expect(await refusal([command, ...needed, ...args])).toMatch(
        new RegExp(`^faultline: ${option} is empty\\.\\n  Expected ${option} <`),
      );
  });

  test("counts anew in each call", async () => {
    for (let k = 0; k < 2; k++)
      expect((await faultline(["check", "unmap", "--bounds", "small", "--out", fresh()])).code).toBe(0);
  });
});

describe("names", () => {
  test.each([
    [["check", "unmap", "page-queue", "unmap"], 'the system "unmap" is given twice.'],
    [["random", "unmap", "unmap"], 'the system "unmap" is given twice.'],
    [["conform", "a.jsonl", "a.jsonl"], 'the file "a.jsonl" is given twice.'],
    [["conform", "--class", ","], '--class cannot be ",".'],
    [["conform", "--class", "core,,overflow"], '--class cannot be "core,,overflow".'],
    [["conform", "--class", "core,"], '--class cannot be "core,".'],
    [["conform", "--class", "core, core"], 'the class "core" is given twice.'],
    [["check", "--set", ""], '--set cannot be "".'],
    [["check", "--set", "=1"], '--set cannot be "=1".'],
    [["check", "--set", "premap=1", "--set", "premap=1"], "--set gives premap two values."],
    [["check", ""], 'there is no system "".'],
  ] as const)("%j", async (args, message) => {
    expect(await refusal(args)).toContain(`faultline: ${message}\n`);
  });

  test("a question given twice", async () => {
    const engine = { ...fakeEngine, scenarios: [{ name: "a-b", sentence: "Why?" }] };
    const { code, err } = await faultline(["scenarios", "a-b", "a-b"], engine);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'faultline: the scenario "a-b" is given twice.\n  Expected each scenario once.\n',
    });
  });
});

test("two forms of one output exclude each other, so that none is ignored", async () => {
  for (const command of [["replay", "x.json"], ["check"], ["random"]])
    expect(await refusal([...command, "--steps", "--json"])).toBe(
      "faultline: --steps and --json exclude each other.\n  Expected one of them.\n",
    );
});

describe("numbers", () => {
  test.each([
    ["300k", "a whole number of at least 1, written out: --max-states 300000."],
    ["1.5M", "a whole number of at least 1, written out: --max-states 1500000."],
    ["300 000", "a whole number of at least 1, written out: --max-states 300000."],
    ["300_000", "a whole number of at least 1, written out: --max-states 300000."],
    ["3e5", "a whole number of at least 1, written out: --max-states 300000."],
    ["0", "a whole number of at least 1."],
    ["k", "a whole number of at least 1."],
    ["-5", "a whole number of at least 1."],
    ["1.5", "a whole number of at least 1."],
    ["9".repeat(20), "a whole number from 1 to 9007199254740991."],
    ["9007199254740993", "a whole number from 1 to 9007199254740991."],
    ["1e30", "a whole number from 1 to 9007199254740991."],
    ["007", "a whole number of at least 1, written out: --max-states 7."],
  ])("--max-states %s is refused, and where it is clear what was meant, that is said", async (text, expected) => {
    expect(await refusal(["check", `--max-states=${text}`])).toBe(
      `faultline: --max-states cannot be "${text}".\n  Expected ${expected}\n`,
    );
  });

  test("a size that no number holds is told with the largest", async () => {
    for (const size of ["99999999999999999TB", "9007199254740993", "9008T"])
      expect(await refusal(["check", "--max-memory", size])).toContain(
        "Expected a size of at most 9007199254740991 bytes, which is about 9007TB.",
      );
  });

  test("a seed of more than 32 bits would be another one", async () => {
    expect(await refusal(["random", "--seed", "4294967296"])).toContain(
      "Expected a whole number from 0 to 4294967295.",
    );
    expect((await faultline(["random", "unmap", "--seed", "4294967295", "--out", fresh()])).code).toBe(0);
  });
});

describe("the folder of the pages of answers", () => {
  const asked: string[] = [];
  const engine: Engine = {
    ...fakeEngine,
    scenarios: [{ name: "a-b", sentence: "Why?" }],
    answers: async ([id]) => {
      asked.push(id!);
      throw new Error("asked");
    },
  };

  test.each([
    ["--findings", "nowhere"],
    ["--findings", "package.json"],
    ["--compare", "nowhere"],
    ["--compare", "package.json"],
  ])("%s %s that cannot be is refused before any question is asked", async (option, path) => {
    const { code, err } = await faultline(["scenarios", option, path], engine);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain(path === "nowhere" ? 'the folder "nowhere" cannot be read' : '"package.json" is no folder');
  });

  test("is as it was when the questions could not be answered", async () => {
    const directory = fresh();
    mkdirSync(directory);
    const there = join(directory, "thread.md");
    writeFileSync(there, "before\n");
    expect((await faultline(["scenarios", "--findings", directory], engine)).code).toBe(4);
    expect(asked).toEqual(["a-b"]);
    expect(readFileSync(there, "utf8")).toBe("before\n");
    expect(readdirSync(directory)).toEqual(["thread.md"]);
  });
});
