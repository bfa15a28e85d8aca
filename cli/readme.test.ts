/** The table of known violations in README, with the real systems: each command breaks what its row says, as expected. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../checker/run-record.ts";
import { count, reachable, taken } from "../reports/words.ts";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [, table = ""] = readme.split("`npx faultline check ...`");
const rows = [...table.split("\n\n")[0]!.matchAll(/^\| `(.+?)` +\| (.+?) +\|/gm)].map(([, command, breaks]) => ({
  command: command!,
  breaks: breaks!.match(/[A-Z]+-\d+|DEADLOCK/g) ?? [],
}));

test("README has a row for every system and study", () => {
  const named = new Set([...readme.matchAll(/^\| `([a-z][a-z0-9-]*)` +\|/gm)].map(([, name]) => name!));
  expect(engine.systems.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});

test("README counts the configurations of the suite and the questions as they are", () => {
  expect(readme).toContain(`all reachable states of ${engine.runs({ systems: [], set: {} }).length} configurations`);
  expect(readme).toContain(`of the facts around it (${engine.scenarios.length})`);
});

/** "pri-overflow        riscv       rfc-v1 pages=2               49 591       62 428    141  0.47 s  known PRQ-9": a row. */
const ROW = /^(\S+) {2,}(\S+) {2,}(\S+)((?: \w+=\S+)*) {2,}(\d[\d ]*?) {2,}(\d[\d ]*?) {2,}(\d+) {2,}[\d.]+ s /gm;
const shownRows = [...readme.matchAll(ROW)].map(([, system, hardware, host, knobs, states, transitions, depth]) => ({
  command: [
    "check",
    system!,
    "--hardware",
    hardware!,
    "--host",
    host!,
    ...(knobs!.match(/\w+=\S+/g) ?? []).map((knob) => `--set=${knob}`),
  ],
  counts: { states: states!, transitions: transitions!, depth: depth! },
}));

test("README shows three rows of the suite's table", () => {
  expect(shownRows).toHaveLength(3);
});

test.each(shownRows)(
  "README counts states, transitions and depth as $command.1 has them",
  async ({ command, counts }) => {
    const { out } = await faultline([...command, "--json", "--out", fresh()], engine);
    const { search } = (JSON.parse(out) as { runs: RunRecord[] }).runs[0]!;
    expect({
      states: count(reachable(search)),
      transitions: count(taken(search)),
      depth: count(search.depth),
    }).toEqual(counts);
  },
);

test("the counterexample that README shows first is the one that its command keeps", async () => {
  const command = /\$ npx faultline (check .+ ovfLastResponse=none)/.exec(readme)![1]!.replace("--set ", "--set=");
  const { out } = await faultline([...command.split(" "), "--out", fresh()], engine);
  expect(readme).toContain(/RSP-12-\w+\.json/.exec(out)![0]);
});

describe("README's table of known violations", () => {
  test("has a command in each row", () => {
    expect(rows.length).toBeGreaterThanOrEqual(8);
    expect(rows.filter(({ breaks }) => breaks.length === 0)).toEqual([]);
  });

  test.each(rows)("$command", async ({ command, breaks }) => {
    const { code, out } = await faultline(["check", ...command.split(" "), "--json", "--out", fresh()], engine);
    const { runs } = JSON.parse(out) as { runs: { properties: { id: string; verdict: { kind: string } }[] }[] };
    const violated = runs.flatMap(({ properties }) => properties.filter(({ verdict }) => verdict.kind === "violated"));
    expect(code).toBe(0);
    expect(violated.map(({ id }) => id)).toEqual(expect.arrayContaining([...breaks]));
  });
});
