/** docs/sources.md says what each id stands for that properties, machines, questions and docs cite. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { sourceText } from "../cli/dictionary/load.ts";
import { allKnobs } from "../properties/build.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { scenarios } from "../scenarios/questions/index.ts";
import { rows } from "../scenarios/thread/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");
const below = (folder: string): readonly string[] =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|md)$/.test(name) && name !== "sources.md" && name !== "sources.test.ts")
    .map((name) => `${folder}/${name}`);

const lines = read("docs/sources.md").split("\n");
const entries = lines.flatMap((line) => /^- ([^:]+):/.exec(line)?.[1] ?? []);
/** Rows are told in docs/thread.md, which is made of them. */
const known = new Set([...entries, ...rows.map(({ row }) => `row ${row}`)]);

/** "I-28", "H1b", "U3a", and the rows of "rows 5, 24-26". */
const ID = /(?<![\w-])(?:[BDI]-\d\d|[BDFGHIJKLNOPSU][1-9]\d?[a-c]?)(?![\w-])/g;
const ROWS = /\brows? (\d+(?:(?:-|, | and |, and )\d+)*)/g;

function rowsOf(list: string): readonly string[] {
  return list.split(/, and |, | and /).flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number);
    return Array.from({ length: to! - from! + 1 }, (_, k) => `row ${from! + k}`);
  });
}

const cited = (text: string): readonly string[] => [
  ...(text.match(ID) ?? []),
  ...[...text.matchAll(ROWS)].flatMap(([, list]) => rowsOf(list!)),
];

const PREFIX: { readonly [document: string]: string } = {
  "hardware facts": "hardware facts",
  "IOPF core facts": "iopf-core",
  "VFIO facts": "VFIO facts",
};

describe("docs/sources.md", () => {
  test.each(["properties", "model", "scenarios", "docs"])("has every id that %s cites", (folder) => {
    const missing = below(folder).flatMap((path) =>
      cited(read(path)).flatMap((id) => (known.has(id) ? [] : [`${path}: ${id}`])),
    );
    expect([...new Set(missing)]).toEqual([]);
  });

  test("has every section that a property cites", () => {
    const sections = catalogue.flatMap(({ source: { document, clause } }) => {
      const prefix = PREFIX[document];
      return prefix === undefined ? [] : (clause.match(/\b\d\.\d+/g) ?? []).map((section) => `${prefix} ${section}`);
    });
    expect(sections.length).toBeGreaterThan(50);
    expect([...new Set(sections)].filter((section) => !known.has(section))).toEqual([]);
  });

  test("has every section that a machine, a question or a deliberate defect names with its list", () => {
    const named = /(VFIO facts|iopf-core|hardware facts|IOPF core facts),? (\d\.\d+)/g;
    const sections = ["model", "properties", "scenarios", "docs"]
      .flatMap(below)
      .flatMap((path) => [...read(path).matchAll(named)])
      .map(([, document, section]) => `${PREFIX[document!] ?? document} ${section}`);
    expect([...new Set(sections)].filter((section) => !known.has(section))).toEqual([]);
  });

  test("has what `list knobs` and the questions give as their source", () => {
    const ids = allKnobs.map(({ id }) => id);
    const asked = scenarios.flatMap(({ askedBy, rows }) => [...cited(askedBy), ...rows.map((row) => `row ${row}`)]);
    expect([...new Set([...ids.flatMap(cited), ...asked])].filter((id) => !known.has(id))).toEqual([]);
  });

  test("says what the id of each knob says, so that `list knobs` never shows an id alone", () => {
    const alone = allKnobs.filter(({ id }) => id !== "bound" && id !== "ghost" && sourceText(id) === undefined);
    expect(alone.map(({ name, id }) => `${name}: ${id}`)).toEqual([]);
    expect(sourceText("2.1")).toBeUndefined();
  });

  test("says each once; what hardware and core both number, the hardware's entry says", () => {
    const twice = entries.filter((entry, k) => entries.indexOf(entry) !== k);
    expect(twice).toEqual([...new Set(twice)]);
    const unnamed = twice.filter(
      (id) => !lines.some((line) => line.startsWith(`- ${id}: `) && line.includes("(hardware")),
    );
    expect(unnamed).toEqual([]);
  });

  test("has short lines, so that a terminal shows an entry in one or two", () => {
    expect(lines.filter((line) => line.length >= 160)).toEqual([]);
  });
});
