/** The folder that the explorer is written into: what an earlier build has written there is replaced, and nothing else. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import type { Files } from "./serve.ts";

/** Names the files that a build has written. */
const LIST = "faultline-explorer.txt";
const EXPECTED = "a folder that is new, empty, or of an earlier explorer:build";

/** The files of an earlier build that are still there. @throws UsageError for a file, and for a folder of somebody else */
function earlierIn(folder: string): readonly string[] {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) throw new UsageError(`"${folder}" is no folder.`, EXPECTED);
  const names = readdirSync(folder);
  if (names.length === 0) return [];
  if (!names.includes(LIST)) throw new UsageError(`"${folder}" has files that no explorer:build wrote.`, EXPECTED);
  const written = new Set(readFileSync(join(folder, LIST), "utf8").split("\n"));
  return names.filter((name) => written.has(name));
}

/** @throws UsageError before anything is changed */
export function writeExplorer(folder: string, files: Files): void {
  for (const name of earlierIn(folder)) rmSync(join(folder, name));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, LIST), `${[LIST, ...files.keys()].join("\n")}\n`);
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}
