/** The file that `report` is to tell, where a directory of results was named. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { COUNTEREXAMPLES } from "./claim.ts";
import { UsageError } from "./errors.ts";

const RECORD = "run.json";

const filesIn = async (path: string): Promise<readonly string[]> => {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map(({ name }) => name)
    .sort();
};

export async function isDirectory(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there?.isDirectory() === true;
}

/** Files that are named of many. */
const SHOWN = 3;

function namesOf(files: readonly string[]): string {
  if (files.length === 0) return "a file of faultline, or a directory that check or random wrote";
  const shown = files.slice(0, SHOWN).join(", ");
  return files.length > SHOWN ? `one of ${files.length} files: ${shown}, ...` : `one of ${shown}`;
}

/**
 * `ofOne`: the format tells one counterexample, and not all runs.
 * @throws UsageError with the files that are there, when none of them can be meant
 */
export async function fileIn(directory: string, format: string, ofOne: boolean): Promise<string> {
  const own = await filesIn(directory);
  if (!ofOne && own.includes(RECORD)) return join(directory, RECORD);
  const kept = (await filesIn(join(directory, COUNTEREXAMPLES))).map((name) => join(directory, COUNTEREXAMPLES, name));
  const here = own.filter((name) => name !== RECORD).map((name) => join(directory, name));
  const found = ofOne ? [...here, ...kept] : here;
  const [only, ...others] = found;
  if (ofOne && only !== undefined && others.length === 0) return only;
  const what = ofOne ? `${format} tells one counterexample` : `it has no ${RECORD}`;
  throw new UsageError(`"${directory}" is a directory, and ${what}.`, namesOf(found));
}
