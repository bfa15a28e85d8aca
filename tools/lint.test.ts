/** The named lint rules reject what they are there for, where they should and not elsewhere. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const project = fileURLToPath(new URL("..", import.meta.url));

/** File by file: its source, and the rules that must reject it. */
const FIXTURES: Readonly<Record<string, readonly [source: string, ...rules: string[]]>> = {
  "checker/clock.ts": ["export const now = () => Date.now();", "eslint(no-restricted-globals)"],
  "model/stopwatch.ts": ["export const now = () => performance.now();", "eslint(no-restricted-globals)"],
  "model/dice.ts": ["export const dice = () => Math.random();", "eslint(no-restricted-properties)"],
  "cli/clock.ts": ["export const now = () => Date.now() + Math.random();"],
  "bench/clock.ts": ["export const now = () => performance.now();"],
  "reports/print.ts": ["console.log(1);", "eslint(no-console)"],
  "model/closed.ts": [
    'export const f = (x: "a" | "b"): number => { switch (x) { case "a": return 1; default: return 2; } };',
    "typescript(switch-exhaustiveness-check)",
  ],
  "model/open.ts": ["export const f = (x: any): number => x;", "typescript(no-explicit-any)"],
  "model/waits.ts": ["export const f = () => { Promise.resolve(1); };", "typescript(no-floating-promises)"],
  "model/types.ts": [
    'import { Fact } from "./fact.ts";\nexport const f: Fact = 1;',
    "typescript(consistent-type-imports)",
  ],
  "model/fact.ts": ["export type Fact = number;"],
  "model/plain.ts": ["export default 1;", "import(no-default-export)"],
  "model/loose.ts": ["export const f = (x: number, y: number) => x == y;", "eslint(eqeqeq)"],
  "model/vacuous.test.ts": ['import { test } from "vitest";\ntest("nothing", () => {});', "vitest(expect-expect)"],
};

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "faultline-lint-"));
  copyFileSync(join(project, ".oxlintrc.json"), join(root, ".oxlintrc.json"));
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
  const compilerOptions = {
    strict: true,
    module: "nodenext",
    target: "es2023",
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
  for (const [path, [source]] of Object.entries(FIXTURES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), source);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
}

test("each named rule rejects its fixture and nothing else", () => {
  const { stdout, status } = spawnSync(join(project, "node_modules/.bin/oxlint"), ["-f", "json"], {
    cwd: root,
    encoding: "utf8",
  });
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  const found: Record<string, string[]> = {};
  for (const { filename, code } of diagnostics) (found[filename] ??= []).push(code);
  const expected = Object.entries(FIXTURES)
    .filter(([, [, ...rules]]) => rules.length > 0)
    .map(([path, [, ...rules]]) => [path, rules]);
  expect(found).toEqual(Object.fromEntries(expected));
  expect(status).toBe(1);
});
