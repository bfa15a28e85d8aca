/** How much a browser loads: the page, its worker, one system, and what comes only when it is asked for. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { systems } from "../../model/systems/systems.ts";
import { systemNames } from "../../properties/build.ts";
import { explorerFiles } from "./build.ts";

/** Bytes, compressed as a web server does it. */
const MOST = 300_000;
/** The texts of all questions, which are loaded for who reads them. */
const MOST_QUESTIONS = 70_000;

const files = await explorerFiles();
const textOf = (name: string): string => Buffer.from(files.get(name)!).toString();
const IMPORT = /(?:from|import)\s*[`"]\.\/([^`"]+)[`"]/g;
/** `accounting:()=>import("./accounting-IdkSVnvm.js")`: the parts that only one system needs. */
const LATER = /(?:[{,](?:[`"]([\w-]+)[`"]|(\w+)):\(\)=>)?import\([`"]\.\/([^`"]+)[`"]\)/g;

/** The files that are loaded with these, by import. */
function closure(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set(names);
  for (const name of seen) for (const [, next = ""] of textOf(name).matchAll(IMPORT)) seen.add(next);
  return seen;
}

const scripts = [...files.keys()].filter((name) => name.endsWith(".js"));
const later = scripts.flatMap((name) =>
  [...textOf(name).matchAll(LATER)].map(([, quoted, plain, file = ""]) => ({ system: quoted ?? plain, file })),
);
const parts = new Map(later.flatMap(({ system, file }) => (system === undefined ? [] : [[system, file] as const])));
const whole = later.find(({ file }) => file.startsWith("compose-"))!.file;
const asked = later.flatMap(({ system, file }) => (system === undefined && file !== whole ? [file] : []));

const zipped = new Map(scripts.map((name) => [name, gzipSync(files.get(name)!).length]));
const sizeOf = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + (zipped.get(name) ?? 0), 0);

describe("what is loaded", () => {
  test("is known for each system", () => {
    expect([...parts.keys(), ...systems.map(({ name }) => name)].sort()).toEqual([...systemNames].sort());
    expect(asked.map((name) => name.replace(/-[\w-]{8}\.js$/, "")).sort()).toEqual([
      "answers",
      "exported",
      "layout",
      "opened",
      "questions",
    ]);
  });

  const questions = asked.find((name) => name.startsWith("questions-"))!;

  test.each(systemNames)("for %s, with state charts and files that are opened, has at most 300 kB", (system) => {
    const others = asked.filter((name) => name !== questions);
    const all = closure(["page.js", "worker.js", ...others, parts.get(system) ?? whole]);
    expect(all.size).toBeGreaterThan(10);
    expect(sizeOf(all)).toBeLessThan(MOST);
  });

  test("for the questions is a file of their own", () => {
    expect(closure([questions])).toEqual(new Set([questions]));
    expect(sizeOf([questions])).toBeLessThan(MOST_QUESTIONS);
  });

  test("is less at first: no question, no file and no layout, and no other system", () => {
    const answers = asked.find((name) => name.startsWith("answers-"))!;
    const first = closure(["page.js", "worker.js", answers, parts.get("stalls")!]);
    for (const name of asked) if (name !== answers) expect(first).not.toContain(name);
    expect(first).not.toContain(parts.get("iommufd"));
    expect(sizeOf(first)).toBeLessThan(sizeOf(scripts) / 2);
  });

  test("and all systems together would be too much, so that the parts are of use", () => {
    expect(sizeOf(scripts)).toBeGreaterThan(MOST);
  });
});
