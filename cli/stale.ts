/** Counterexamples of former runs, which would be taken for those of this one. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TRACE_SCHEMA, type TraceRecord } from "../checker/run-record.ts";
import { counterexampleName } from "../reports/counterexample.ts";
import { COUNTEREXAMPLES } from "./claim.ts";
import { OutputError } from "./errors.ts";
import { reason } from "./write.ts";

/**
 * Whether the file is as a run has left it: its name is the one that its own content gives it. A counterexample under
 * another name, or changed by hand, is somebody's.
 */
async function isOurs(path: string, name: string): Promise<boolean> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as TraceRecord;
    return value.schema === TRACE_SCHEMA && `${counterexampleName(value)}.json` === name;
  } catch {
    return false;
  }
}

/**
 * Removes what former runs have left below the directory, except the files that were written anew.
 * @throws OutputError when one cannot be removed
 */
export async function removeStale(directory: string, written: ReadonlySet<string>): Promise<void> {
  const folder = join(directory, COUNTEREXAMPLES);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const { name } = entry;
    // A pipe would be read for ever.
    if (!entry.isFile() || !name.endsWith(".json") || written.has(`${COUNTEREXAMPLES}/${name}`)) continue;
    if (!(await isOurs(join(folder, name), name))) continue;
    try {
      await rm(join(folder, name), { force: true });
      for (const ending of ["txt", "html"]) await rm(join(folder, name.replace(/json$/, ending)), { force: true });
    } catch (error) {
      throw new OutputError(`"${join(folder, name)}" of a former run cannot be removed: ${reason(error)}.`);
    }
  }
}
