/** What package.json says of the package: its files and its exports. `npm run package` installs it and runs it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sourcesOf } from "../bundle.mjs";
import { LIBRARIES } from "./entries.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const packageJson = JSON.parse(read("package.json")) as {
  readonly exports: object;
  readonly dependencies: object;
};

/** What `npm pack` would put into the package, but for dist/, which it builds before. */
function packedFiles(): readonly string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
  const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  return files.map(({ path }) => path).filter((path) => !path.startsWith("dist/"));
}
const packed = packedFiles();

test("programs can import each library, with its types, and nothing else", () => {
  const libraries = Object.entries(LIBRARIES).map(([name, path]) => [
    name === "index" ? "." : `./${name}`,
    { types: `./dist/types/${path.replace(/\.ts$/, ".d.ts")}`, default: `./dist/${name}.mjs` },
  ]);
  expect(packageJson.exports).toEqual({
    ...Object.fromEntries(libraries),
    "./schema/*": "./docs/schemas/*",
    "./package.json": "./package.json",
  });
  expect(packed).toContain("docs/schemas/trace-1.json");
  for (const path of Object.values(LIBRARIES)) expect(existsSync(join(root, path)), path).toBe(true);
});

test("no test, no program of TypeScript but the machines, which are read as text", () => {
  const programs = packed.filter((path) => /\.(ts|mjs)$/.test(path));
  const machines = sourcesOf(root).filter((path) => path.startsWith("model/machines/"));
  const starting = ["cli/faultline.mjs", "cli/jobs/worker.mjs", "cli/start-package.mjs", "cli/start.mjs"];
  expect([...programs].sort()).toEqual([...starting, ...machines].sort());
});

test("each file that a source reads beside itself is in the package", () => {
  const beside = sourcesOf(root).flatMap((source) =>
    [...read(source).matchAll(/new URL\("([^"]+\.\w+)", import\.meta\.url\)/g)].map(({ 1: name = "" }) =>
      normalize(join(dirname(source), name)),
    ),
  );
  // These load the program of a clone.
  const ofClone = ["cli/main.ts", "cli/jobs/perform.ts", "cli/typescript-hooks.mjs"];
  const needed = beside.filter((path) => !ofClone.includes(path) && statSync(join(root, path)).isFile());
  expect(needed).toContain("docs/glossary.md");
  expect(needed.filter((path) => !packed.includes(path))).toEqual([]);
  expect(packed).toContain("scenarios/recorded/data/linux-6.1-booted.jsonl.gz");
});

test("what only loads or builds TypeScript is not installed with it", () => {
  expect(Object.keys(packageJson.dependencies)).not.toContain("rolldown");
  expect(Object.keys(packageJson.dependencies)).not.toContain("typescript");
});
