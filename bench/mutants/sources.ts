/** The texts of adapters and machines: with the rounds of their loops counted, with their functions marked, and who imports whom. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { marked } from "./marks.ts";
import { counted } from "./ticks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MACHINES = "model/machines/";
const LOOPS_IN = ["scenarios/recorded/", MACHINES];

/** Texts in the place of those of files, by path. */
export type Texts = { readonly [path: string]: string };

/** Where a file of the project lies. */
export const pathOf = (file: string): string => `${ROOT}${file}`;

export const textOf = (file: string): string => readFileSync(pathOf(file), "utf8");

/** The files in the folders, in a fixed order. */
export const filesIn = (folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(pathOf(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        `${parentPath}/${name}`.replaceAll("\\", "/").replaceAll("//", "/").slice(ROOT.length),
      )
      .sort(),
  );

export const sourcesIn = (folders: readonly string[]): readonly string[] =>
  filesIn(folders).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));

export const loopTexts = (): Texts =>
  Object.fromEntries(
    sourcesIn(LOOPS_IN).flatMap((file) => {
      const text = counted(textOf(file));
      return text === undefined ? [] : [[pathOf(file), text]];
    }),
  );

export const markedTexts = (): Texts =>
  Object.fromEntries(sourcesIn([MACHINES]).map((file) => [pathOf(file), marked(file, textOf(file))]));

/** The files that a file imports, or exports from, types apart. */
export const importsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(/^(?:import(?! type\b)|export)[^;]*? from "(\.[^"]+)"/gm)].map(([, from]) =>
    posix.join(posix.dirname(file), from!),
  );

/** The machine file, and those that import it, also by way of others: what they make may contain what it says. */
export function whoImports(file: string): ReadonlySet<string> {
  const imports = sourcesIn([MACHINES]).map((one) => ({ one, of: importsOf(one) }));
  const found = new Set([file]);
  // A set that grows while it is walked is walked to its end.
  for (const next of found) for (const { one, of } of imports) if (of.includes(next)) found.add(one);
  return found;
}
