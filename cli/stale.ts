/** Counterexamples of former runs, which would be taken for those of this one. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TRACE_SCHEMA, type TraceRecord } from "../checker/run-record.ts";
import { counterexampleName } from "../reports/counterexample.ts";

const FOLDER = "counterexamples";

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

/** Removes what former runs have left below the directory, except the files that are written anew anyway. */
export async function removeStale(directory: string, written: ReadonlySet<string>): Promise<void> {
  const folder = join(directory, FOLDER);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.endsWith(".json") || written.has(`${FOLDER}/${name}`) || !(await isOurs(join(folder, name), name)))
      continue;
    await rm(join(folder, name), { force: true });
    await rm(join(folder, name.replace(/json$/, "txt")), { force: true });
  }
}
