/** README and the pages that it sends its readers to, with the real systems: counts, charts and tables are what commands print. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../checker/run-record.ts";
import { families } from "../properties/catalogue/families.ts";
import { count, reachable, taken } from "../reports/words.ts";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";

const page = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const readme = page("README.md");
const usage = page("docs/usage.md");
const systems = page("docs/systems.md");
const [, table = ""] = systems.split("`npx faultline check ...`");
const rows = [...table.split("\n\n")[0]!.matchAll(/^\| `(.+?)` +\| (.+?) +\|/gm)].map(([, command, breaks]) => ({
  command: command!,
  breaks: breaks!.match(/[A-Z]+-\d+|DEADLOCK/g) ?? [],
}));

test("docs/systems.md has a row for every system", () => {
  const named = new Set([...systems.matchAll(/^\| `([a-z][a-z0-9-]*)` +\|/gm)].map(([, name]) => name!));
  expect(engine.systems.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});

test("README counts the configurations of the suite and the questions as they are", () => {
  const counts = {
    configurations: Number(/all reachable states of (\d+) configurations/.exec(readme)?.[1]),
    questions: Number(/lists all questions \((\d+)\)/.exec(readme)?.[1]),
  };
  const now = { configurations: engine.runs({ systems: [], set: {} }).length, questions: engine.scenarios.length };
  expect(counts, "README counts them; the first line of `npm run check` has the states beside").toEqual(now);
});

test("README is short, and docs/systems.md says of each family what it is about", () => {
  expect(readme.split("\n").length).toBeLessThan(200);
  const told = [...systems.matchAll(/^\| ([A-Z]{3,4}) +\| (.+?) +\|$/gm)].map(([, family, about]) => [family, about]);
  expect(Object.fromEntries(told)).toEqual(families);
});

test("the chart of README is what its command prints", async () => {
  const [, command, chart] = /\$ npx faultline (check .+)\n\.\.\.\n([^]+?)\n```/.exec(readme)!;
  const { out } = await faultline([...command!.split(" "), "--out", fresh()], engine);
  expect(out.replaceAll(/replay \S+\/counterexamples/g, "replay reports/out/counterexamples")).toContain(chart);
});

/** "pri-overflow        riscv       rfc-v1 pages=2               49 591       62 428    141  0.47 s  known PRQ-9": a row. */
const ROW = /^(\S+) {2,}(\S+) {2,}(\S+)((?: \w+=\S+)*) {2,}(\d[\d ]*?) {2,}(\d[\d ]*?) {2,}(\d+) {2,}[\d.]+ s /gm;
const shownRows = [...usage.matchAll(ROW)].map(([, system, hardware, design, knobs, states, transitions, depth]) => ({
  command: [
    "check",
    system!,
    "--hardware",
    hardware!,
    "--design",
    design!,
    ...(knobs!.match(/\w+=\S+/g) ?? []).map((knob) => `--set=${knob}`),
  ],
  counts: { states: states!, transitions: transitions!, depth: depth! },
}));

test("docs/usage.md shows three rows of the suite's table", () => {
  expect(shownRows).toHaveLength(3);
});

test.each(shownRows)(
  "docs/usage.md counts states, transitions and depth as $command.1 has them",
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

test("docs/impact.md says what its knob changes", async () => {
  const [, command] = /\$ npx faultline (check .+)/.exec(page("docs/impact.md"))!;
  const violatedBy = async (args: string): Promise<readonly string[]> => {
    const { out } = await faultline([...args.split(" "), "--stop-at", "never", "--json", "--out", fresh()], engine);
    const { properties } = (JSON.parse(out) as { runs: RunRecord[] }).runs[0]!;
    return properties.filter(({ verdict }) => verdict.kind === "violated").map(({ id }) => id);
  };
  const without = await violatedBy(command!.replace(/ --set .+/, ""));
  expect(without).toHaveLength(5);
  expect(await violatedBy(command!)).toEqual(without.filter((id) => id !== "REF-7"));
  expect(without).toEqual(expect.arrayContaining(["REF-7", "REF-9"]));
});

describe("the table of known violations in docs/systems.md", () => {
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
