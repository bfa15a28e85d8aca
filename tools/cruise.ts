/** Runs the layer rules over a tree, and counts what they looked at. */
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { cruise, type IViolation } from "dependency-cruiser";
import configuration, { LAYERS } from "../.dependency-cruiser.mjs";

interface Cruise {
  /** Source files found by walking the folders, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Those of `files` that dependency-cruiser did not parse: with a TypeScript that it cannot use, all of them. */
  readonly unseen: readonly string[];
  readonly imports: number;
  readonly violations: readonly IViolation[];
}

const SOURCE = /(?<![.]d)[.](?:ts|mjs)$/;
const IGNORED = new Set(["node_modules", "reports/out", "dist", "docs"]);

/** All source files in folders below the root; files of the root itself are configuration. */
export function sourceFiles(root: string): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      const name = relative(root, path).split(sep).join("/");
      if (entry.isDirectory()) return entry.name.startsWith(".") || IGNORED.has(name) ? [] : walk(path);
      return name.includes("/") && SOURCE.test(name) ? [name] : [];
    });
  return walk(root).sort();
}

/** Folders that no row of the table of layers names: their imports would be checked by nothing. */
export const unknownFolders = (files: readonly string[]): readonly string[] => [
  ...new Set(files.map((file) => file.slice(0, file.indexOf("/"))).filter((folder) => !(folder in LAYERS))),
];

/** Cruises all source files below the root (an absolute path). */
export async function cruiseTree(root: string): Promise<Cruise> {
  const files = sourceFiles(root);
  const { output } = await cruise([...files], {
    ...configuration.options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: configuration.forbidden ?? [] },
  });
  if (typeof output === "string") throw new Error(`dependency-cruiser answered with text: ${output}`);
  const parsed = new Map(output.modules.map(({ source, dependencies }) => [source, dependencies.length]));
  // A file without a parser is listed too, without its imports: so a tree in which nothing imports anything is unseen.
  const imports = files.reduce((sum, file) => sum + (parsed.get(file) ?? 0), 0);
  return {
    files,
    unseen: imports === 0 ? files : files.filter((file) => !parsed.has(file)),
    imports,
    violations: output.summary.violations,
  };
}
