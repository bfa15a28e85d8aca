/** What README and docs name exists: properties, knobs, systems, commands, events and files. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { parseKnob } from "../model/knobs.ts";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { allKnobs, build, buildWatched, defaultsOf, systemNames, type Request } from "../properties/build.ts";
import { suite } from "../properties/suite.ts";
import { hardwareKnobs } from "../model/hardware/knobs.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { studyBreakages } from "../properties/departures/index.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { studies } from "../model/systems/studies/index.ts";
import { scenarios } from "../scenarios/questions/index.ts";
import { rows as threadRows } from "../scenarios/thread/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");
const below = (folder: string, end: string): readonly string[] =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);

const sources = ["cli", "checker", "model", "properties", "scenarios", "reports", "bench", "tools"].flatMap((folder) =>
  below(folder, ".ts"),
);
const words = sources.map(read).join("\n");
const pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...below("docs", ".md")].map((path) => ({
  path,
  text: read(path),
}));
const claims = catalogue.filter(({ kind }) => kind !== "sometimes").map(({ id }) => id);
const ids = new Set(catalogue.map(({ id }) => id));
const families = [...new Set(catalogue.map(({ id }) => id.split("-")[0]!))].join("|");

/** All groups that match, in a text. */
const all = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map((match) => match[1]!);
const code = (text: string): readonly string[] => all(text, /`([^`\n]+)`/g);

describe.each(pages)("$path", ({ path, text }) => {
  test("names properties that exist", () => {
    expect(all(text, new RegExp(`\\b((?:${families})-\\d+)\\b(?!-)`, "g")).filter((id) => !ids.has(id))).toEqual([]);
  });

  test("names knobs that exist, with values that they can have", () => {
    const set = code(text).flatMap((span) => all(span, /(?:^|--set )([a-zA-Z]+=[\w.-]+)/g));
    const printed = all(text, /--set ([a-zA-Z]+=[\w.-]+)/g).filter((one) => one !== "name=value");
    const bad = [...set, ...printed].filter((one) => {
      const [knob, value] = one.split("=") as [string, string];
      return (
        knob !== "name" && !allKnobs.some((one) => one.name === knob && parseKnob({ [knob]: one }, knob, value).ok)
      );
    });
    expect(bad).toEqual([]);
  });

  test("gives commands, systems, hardware and scripts that exist", () => {
    const system = all(text, /(?:faultline (?:check|random) |`)([a-z][a-z0-9]*-[a-z]+) --/g);
    expect(system.filter((name) => !systemNames.includes(name))).toEqual([]);
    expect(all(text, /--hardware ([a-z-]+[a-z])/g).filter((name) => !(name in hardwarePresets))).toEqual([]);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const hosts = [...Object.keys(hostPresets), ...studies.flatMap((study) => Object.keys(study.hosts))];
    expect(all(text, /--(?:host|design) ([\w.-]*\w)/g).filter((name) => !hosts.includes(name))).toEqual([]);
    const asked = all(text, /faultline scenarios ([a-z][\w-]+)/g);
    expect(asked.filter((name) => !scenarios.some(({ id }) => id === name))).toEqual([]);
    expect(all(text, /npm run (\w+(?::\w+)*)/g).filter((name) => !(name in scripts))).toEqual([]);
  });

  test("names files that exist", () => {
    const folders = /^(?:cli|checker|model|properties|scenarios|reports|tools|bench|docs)\/[\w./-]+$/;
    const links = all(text, /\]\(([^)#]+)(?:#[^)]*)?\)/g)
      .filter((link) => !link.includes("://"))
      .map((link) => posix.join(posix.dirname(path), link));
    // NAME in a recipe stands for the name of what is added.
    const spans = code(text).filter((span) => !/\bNAME\b/.test(span));
    const paths = [...spans.filter((span) => folders.test(span)), ...links].filter(
      (name) => !name.startsWith("reports/out"),
    );
    expect(paths.filter((name) => !existsSync(root + name))).toEqual([]);
    const files = spans.filter((span) => /^[\w.-]+(?:\/[\w.-]+)*\.ts$/.test(span));
    expect(files.filter((name) => !sources.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
  });

  test("names events that some machine has", () => {
    if (path !== "docs/spec-coverage.md") return;
    const events = code(text).filter((span) => /^[a-z-]+\.[a-z-]+$/.test(span) && !span.endsWith(".ts"));
    expect(events.length).toBeGreaterThan(30);
    expect(events.filter((name) => !words.includes(`"${name}"`))).toEqual([]);
  });
});

describe("the thread, row by row", () => {
  const { text } = pages.find(({ path }) => path === "docs/spec-coverage.md")!;
  const section = text.split("## The RFC thread, row by row")[1]!.split("\n## ")[0]!;
  const rows = [...section.matchAll(/^\| +(\d+) \|(.+)\|(.+)\|(.+)\|$/gm)].map(([, row, said, where, answer]) => ({
    row: Number(row),
    said: said!,
    where: where!,
    answer: answer!,
  }));

  test("has every row once, in order, with something in every column", () => {
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 75 }, (_, k) => k + 1));
    expect(rows.filter(({ said, where, answer }) => [said, where, answer].some((cell) => cell.trim() === ""))).toEqual(
      [],
    );
  });

  test("says in each row what the thread's data say", () => {
    expect(rows.map(({ said }) => said.trim())).toEqual(threadRows.map(({ said }) => said));
  });

  test("names in each row the scenarios that cite it, and no others", () => {
    const told = rows.map(({ row, answer }) => ({ row, scenarios: [...code(answer)].sort() }));
    const citing = (row: number) => scenarios.filter((one) => one.rows.includes(row)).map(({ id }) => id);
    expect(told).toEqual(rows.map(({ row }) => ({ row, scenarios: citing(row).sort() })));
  });

  test("names a property or the recordings where it does not say why there is none", () => {
    const judged = new RegExp(`\\b(?:${families})-\\d|recordings|no answer|no question|no more than`);
    expect(rows.filter(({ answer }) => !judged.test(answer))).toEqual([]);
  });
});

/** "S1", "S2" and on. */
const numbered = (prefix: string, count: number, width = 1): readonly string[] =>
  Array.from({ length: count }, (_, k) => prefix + String(k + 1).padStart(width, "0"));

describe("invariants, one by one", () => {
  const { text } = pages.find(({ path }) => path === "docs/spec-coverage.md")!;
  const section = text.split("## Invariants, one by one")[1]!.split("\n## ")[0]!;
  const judged = new RegExp(`\\b(?:${families})-\\d|recordings|not judged: |of its own`);

  test.each([
    { list: "Hardware facts", expected: [...numbered("S", 32), ...numbered("L", 10)] },
    { list: "IOPF core facts", expected: [...numbered("I", 34), ...numbered("L", 8)] },
    { list: "VFIO facts", expected: numbered("I-", 45, 2) },
  ])("$list: each once, with what judges it or a reason", ({ list, expected }) => {
    const table = section.split(`### ${list}`)[1]!.split("\n### ")[0]!;
    const rows = [...table.matchAll(/^\| (\S+-?\d+) +\|.+\|(.+)\|$/gm)].map(([, id, by]) => ({ id: id!, by: by! }));
    expect(rows.map(({ id }) => id)).toEqual(expected);
    expect(rows.filter(({ by }) => !judged.test(by))).toEqual([]);
  });
});

describe("published bugs and hazards", () => {
  const { text } = pages.find(({ path }) => path === "docs/spec-coverage.md")!;
  const section = text.split("## Published bugs and hazards")[1]!.split("\n## ")[0]!;
  /** How the facts name defects: of the RFC and of Linux, published or found by reading, and hazards of hardware. */
  const DEFECT = /\b(?:[BD]-\d\d|[BD]\d{1,2}|H\d{1,2}b?)\b/g;

  test("every defect of the facts is a deliberate defect, except three", () => {
    const defects = [
      ...numbered("D-", 28, 2),
      ...numbered("B-", 43, 2),
      ...numbered("B", 46),
      ...numbered("D", 19),
      ...numbered("H", 40),
      "H1b",
    ];
    const [said, unsaid] = section
      .split("### Without a deliberate defect of their own")
      .map((part) => [...part.matchAll(/^\| (.+?) \|/gm)].flatMap(([, what]) => what!.match(DEFECT) ?? []));
    expect(defects.filter((id) => !said!.includes(id))).toEqual(["D17", "D18", "H33"]);
    expect(unsaid).toEqual(["D17", "D18", "H33"]);
  });

  test("what is said of focused models is what their deliberate defects say", () => {
    const table = section.split("### In the focused models")[1]!.split("\n### ")[0]!;
    const rows = [...table.matchAll(/^\| .+?\| `(.+)` +\| (.+?) +\|$/gm)].map(
      ([, said, breaks]) => `${said!.replace(" --host ", " --design ")}: ${breaks}`,
    );
    const known = Object.values(studyBreakages).flatMap(({ departures }) =>
      departures.map(({ shown, breaks, reason }) => {
        const host = shown.host === defaultsOf(shown.system).host ? "" : ` --design ${shown.host}`;
        const set = Object.entries(shown.set).map(([knob, value]) => ` --set ${knob}=${String(value)}`);
        return { row: `${shown.system}${host}${set.join("")}: ${breaks.join(", ")}`, reason };
      }),
    );
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => !known.some((one) => one.row === row))).toEqual([]);
    // A deliberate defect that is a defect of the facts says so in its reason.
    expect(known.filter(({ row, reason }) => reason.match(DEFECT) && !rows.includes(row))).toEqual([]);
  });
});

/** Far enough that every machine has been asked what its rules are. */
const STATES = 100;

/** The hardware knobs that the system has, and does not look at. */
function unread(request: Request): readonly string[] {
  const { hardware, host, bounds } = build(request).parameters as unknown as { [part: string]: Request["set"] };
  const values = Object.entries({ ...hardware, ...host, ...bounds }).filter(([knob]) => knob in hardwareKnobs);
  const { system, unread: of } = buildWatched({ ...request, set: { ...request.set, ...Object.fromEntries(values) } });
  const search = startExhaustive({ ...system, properties: [] }, { maxStates: STATES });
  while (search.advance(STATES));
  return [...of(), ...Object.keys(hardwareKnobs).filter((knob) => !values.some(([has]) => has === knob))];
}

test("the knobs of hardware that are said to have no effect are those that nothing looks at", () => {
  const [, list] = /Knobs of the hardware that nothing looks at so far:([^.]*)\./.exec(read("docs/spec-coverage.md"))!;
  const runs = suite("small").map(unread);
  const unseen = Object.keys(hardwareKnobs).filter((knob) => runs.every((missing) => missing.includes(knob)));
  expect([...code(list!)].sort()).toEqual(unseen.sort());
});

test("every claim of the catalogue is somewhere in the coverage", () => {
  const text = read("docs/spec-coverage.md").replaceAll(/([A-Z]{3,4})-(\d+) to \1-(\d+)/g, (_, family, from, to) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_each, k) => `${family}-${Number(from) + k}`).join(" "),
  );
  const silent = claims.filter((id) => !new RegExp(`\\b${id}\\b`).test(text));
  expect(silent, "name these in docs/spec-coverage.md, in the row of what they judge").toEqual([]);
});

test("the help of the command names the commands that README uses", () => {
  const help = execFileSync(process.execPath, [`${root}cli/faultline.mjs`, "--help"], { encoding: "utf8" });
  const used = new Set(all(read("README.md"), /npx faultline ([a-z]+)/g));
  expect([...used].filter((name) => !help.includes(`  ${name} `))).toEqual([]);
});
