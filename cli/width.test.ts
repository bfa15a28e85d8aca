/** What commands print for people is as wide as COLUMNS says, from 40 to 200. */
import type { Command } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";
import { program } from "./program.ts";
import { fakeTerminal } from "./fake-engine.ts";

const REGRESSION = "scenarios/regressions/GRP-3-807dde38.json";
const TRACE = "scenarios/recorded/data/iommufd-selftest.trace.txt.gz";
const kept = fresh();
const TYPE1 = ["type1-unmap", "--design", "linux-6.12.117", "--bounds", "small"];

/** Commands in each of the forms in which they speak to people; quick ones. */
const SPOKEN: readonly (readonly string[])[] = [
  ["--help"],
  ["list"],
  ["list", "knobs", "iommufd"],
  ["list", "properties", "UNM"],
  ["explain", "vfio_unmap_unpin"],
  ["explain", "never", "witnessed"],
  ["check", ...TYPE1, "--out", fresh()],
  ["check", ...TYPE1, "--out", fresh(), "--max-states", "20"],
  ["random", "stalls", "--bounds", "small", "--runs", "5", "--seed", "1", "--out", fresh()],
  ["report", kept],
  ["replay", REGRESSION],
  ["replay", REGRESSION, "--steps"],
  ["save", REGRESSION],
  ["why", ...TYPE1, "--claim", "UNM-3", "--no-knobs"],
  ["defects", "stall-resumed-twice"],
  ["defects", "--system", "group-open", "--list"],
  ["scenarios"],
  ["scenarios", "--message", "M2"],
  ["scenarios", "unmap-and-close-in-a-circle"],
  ["sweep", "stalls", "--bounds", "small", "--vary", "swapPath=all", "--out", fresh()],
  ["refine", "accounting"],
  ["conform", "--class", "overflow"],
  ["conform", "--trace", TRACE],
  ["impact", "--function", "vfio_unmap_unpin"],
  ["measure", "type1-unmap", "--bounds", "small", "--count", "locks"],
  ["coverage", "type1-unmap", "--bounds", "small"],
  ["automaton", "type1-unmap"],
  ["merge", REGRESSION],
  ["explore", "no-such-system", "no-such-second-word"],
  ["worker"],
  ["completion", "no-such-shell"],
  ["check", "unmap-rase"],
  ["check", "pri-flat", "--set", "clearPolicy=drainedOnlyy"],
];

/** A command is copied, so it stays whole; so does a word, which no blank breaks. */
const isHonest = (line: string): boolean =>
  /(?:npx )?faultline \S/.test(line) || !/\S \S/.test(line.replace(/^ *(?:- )?/, ""));

async function tooLong(args: readonly string[], columns: number): Promise<readonly string[]> {
  const { out, err } = await faultline(args, engine, { columns });
  expect((out + err).trim(), args.join(" ")).not.toBe("");
  return `${out}${err}`.split("\n").filter((line) => line.length > columns && !isHonest(line));
}

beforeAll(async () => void (await faultline(["check", ...TYPE1, "--out", kept], engine)));

describe.each([40, 60, 78, 120])("with %i columns", (columns) => {
  test.each(SPOKEN.map((args) => [args.join(" "), args] as const))(
    "%s",
    async (_, args) => expect(await tooLong(args, columns)).toEqual([]),
    60_000,
  );
});

const commands = program(
  async () => engine,
  fakeTerminal().terminal,
  () => undefined,
  { version: "1" },
).commands;

test("no command is left out", () => {
  const spoken = new Set(SPOKEN.map(([name]) => name));
  expect(commands.map((command: Command) => command.name()).filter((name) => !spoken.has(name))).toEqual([]);
});

test.each(commands.map((command: Command) => command.name()))("the help of %s", async (name) => {
  for (const columns of [40, 60, 78]) expect(await tooLong([name, "--help"], columns), String(columns)).toEqual([]);
});

test("what is wider than a mail stays as wide as one, and what programs read stays whole", async () => {
  const wide = await faultline(["replay", REGRESSION], engine, { columns: 200 });
  const plain = await faultline(["replay", REGRESSION], engine);
  expect(wide.out).toBe(plain.out);
  const [narrow, json] = [{ columns: 40 }, ["list", "bounds", "--json"]];
  expect((await faultline(json, engine, narrow)).out).toBe((await faultline(json, engine)).out);
});

test("a line that is too long for 78 columns is found", async () => {
  const { out } = await faultline(["check", ...TYPE1, "--out", fresh()], engine);
  expect(out.split("\n").filter((line) => line.length > 78 && !isHonest(line))).not.toEqual([]);
});
