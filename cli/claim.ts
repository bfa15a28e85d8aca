/** A directory for the results of one run at a time: a lock file says which process writes there. */
import { constants, readFileSync } from "node:fs";
import { access, link, lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, normalize } from "node:path";
import { UsageError } from "./errors.ts";
import { isOfDevice, makeDirectory, reason, writerOf } from "./write.ts";

const LOCK = ".faultline-lock";

let locks = 0;

/** Where charts and traces are, below the directory of a run. */
export const COUNTEREXAMPLES = "counterexamples";

/** What a run writes, besides counterexamples, and how it begins: a file that begins otherwise is the user's own. */
const FILES: { readonly [name: string]: RegExp } = {
  "run.json": /^\s*\{\s*"schema":\s*"faultline-/,
  "report.md": /^# Faultline report\n/,
  "report.html": /^<!doctype html>\n<html lang="en"><head>.*name="generator" content="faultline"/,
  "sweep.json": /^\s*\{\s*"schema":\s*"faultline-/,
};

/** Who holds a directory. `started` tells a process from a later one with the same number; empty where that is not known. */
interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
}

export interface Claim {
  /** As the user named it, or another beside it. */
  readonly directory: string;
  /** What the user should know before the run. */
  readonly notes: readonly string[];
  readonly release: () => Promise<void>;
}

/** When the process started, in ticks since the boot (proc(5), field 22); empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user, but there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether the process still runs; of one on another host, that is believed. What is no lock of ours is nobody's. */
function holderIn(text: string): Holder | undefined {
  try {
    const { pid, started, host } = JSON.parse(text) as Holder;
    if (!Number.isSafeInteger(pid) || pid < 1 || typeof host !== "string") return undefined;
    const isHere = host === hostname();
    if (isHere && (!isRunning(pid) || (started !== "" && startOf(pid) !== "" && started !== startOf(pid))))
      return undefined;
    return { pid, started, host };
  } catch {
    return undefined;
  }
}

/** What a file system answers that has no hard links. */
const NO_LINKS = new Set<string | undefined>(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Puts the lock there with its content in one step; false: there is one. */
async function put(mine: string, path: string, content: string): Promise<boolean> {
  try {
    await link(mine, path).catch((error: NodeJS.ErrnoException) => {
      if (!NO_LINKS.has(error.code)) throw error;
      return writeFile(path, content, { flag: "wx" });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/** Takes the lock, also from a process that is gone; gives back who holds it otherwise. */
async function lock(directory: string): Promise<Holder | undefined> {
  const path = join(directory, LOCK);
  const mine = join(directory, `${LOCK}-${process.pid}-${locks++}`);
  const me: Holder = { pid: process.pid, started: startOf(process.pid), host: hostname() };
  const content = `${JSON.stringify(me)}\n`;
  try {
    // What a killed process with the same number has left.
    await rm(mine, { force: true });
    await writeFile(mine, content, { flag: "wx" });
    while (!(await put(mine, path, content))) {
      const text = await readFile(path, "utf8").catch(() => "");
      const holder = holderIn(text);
      if (holder) return holder;
      await putAway(path, `${mine}-old`, text);
    }
    return undefined;
  } finally {
    await rm(mine, { force: true }).catch(() => undefined);
  }
}

/** Takes the directory for this process, and gives what lets go of it. @throws UsageError when another process has it */
export async function hold(directory: string): Promise<() => Promise<void>> {
  const holder = await lock(directory).catch((error: unknown) => {
    throw new UsageError(`"${directory}" cannot be written: ${reason(error)}.`);
  });
  if (holder)
    throw new UsageError(`process ${holder.pid} on ${holder.host} is writing to "${directory}".`, "another directory");
  return () => rm(join(directory, LOCK), { force: true }).catch(() => undefined);
}

/** Removes the lock of a process that is gone. Two may see it: what is put away must be what was seen. */
async function putAway(path: string, aside: string, seen: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== seen) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Removes what processes that are gone were writing when they ended. */
async function sweep(directory: string): Promise<void> {
  for (const folder of [directory, join(directory, COUNTEREXAMPLES)])
    for (const name of await readdir(folder).catch(() => [])) {
      const writer = writerOf(name);
      if (writer !== undefined && !isRunning(writer))
        await rm(join(folder, name), { force: true }).catch(() => undefined);
    }
}

const refuse = (path: string, because: string): UsageError =>
  new UsageError(`"${path}" cannot be written: ${because}.`, "a directory for --out");

/** A file that a run would replace, or nothing. A pipe would be opened for ever. @throws UsageError */
async function expectReplaceable(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw refuse(path, "it is a directory");
  if (there && !there.isFile()) throw refuse(path, "it is no regular file");
  if (there) await expectAccess(path);
}

/** A file that a run wrote, an empty one, or nothing. @throws UsageError */
async function expectOurs(path: string, begins: RegExp): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => "");
  if (text !== "" && !begins.test(text)) throw refuse(path, "it is there, and no run of faultline wrote it");
}

async function expectAccess(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    throw refuse(path, reason(error));
  }
}

/** @throws UsageError when results could not be put there, whatever they are; or the error of a disk that is full */
async function expectWritable(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK);
    if (!(await stat(directory)).isDirectory()) throw new Error("it is no directory");
  } catch (error) {
    throw isOfDevice(error) ? error : refuse(directory, reason(error));
  }
  const path = join(directory, LOCK);
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isFile()) throw refuse(path, "it is no regular file");
  for (const [name, begins] of Object.entries(FILES)) {
    await expectReplaceable(join(directory, name));
    await expectOurs(join(directory, name), begins);
  }
  await expectWritableFolder(join(directory, COUNTEREXAMPLES));
}

/** Which counterexamples a run finds is not known before: each file with such a name must be one that can be replaced. */
async function expectWritableFolder(path: string): Promise<void> {
  const folder = await stat(path).catch(() => undefined);
  if (!folder) return;
  if (!folder.isDirectory()) throw refuse(path, "it is no directory");
  await expectAccess(path);
  for (const name of await readdir(path).catch(() => []))
    if (/\.(json|txt|html)$/.test(name)) await expectReplaceable(join(path, name));
}

/** "out-2" beside "out", the first that is not there yet: nobody's results are replaced. */
async function besides(directory: string): Promise<string> {
  const clean = normalize(directory).replace(/(?<=.)\/+$/, "");
  const stem = /(^|\/)\.{0,2}$/.test(clean) ? join(clean, "out") : clean;
  for (let k = 2; ; k++) {
    const path = `${stem}-${k}`;
    try {
      await mkdir(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST")
        throw isOfDevice(error)
          ? error
          : new UsageError(`"${path}" cannot be made: ${reason(error)}.`, "another directory for --out");
    }
  }
}

/**
 * The directory, or another one when another run writes there. Fails before a long search when nothing can be kept
 * there; a disk that is full may have room when the search has ended, and its verdicts can be told without.
 * @throws UsageError
 */
export async function claimDirectory(wanted: string): Promise<Claim> {
  let directory = wanted;
  const notes: string[] = [];
  try {
    await expectWritable(wanted);
    const holder = await lock(directory);
    if (holder) {
      directory = await besides(wanted);
      notes.push(
        `process ${holder.pid} on ${holder.host} is writing its results to "${wanted}"; those of this run go to "${directory}"`,
      );
      await lock(directory);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    notes.push(
      isOfDevice(error)
        ? `nothing can be kept in "${directory}" now: ${reason(error)}`
        : `another run in "${directory}" would not be noticed: ${reason(error)}`,
    );
    return { directory, notes, release: async () => undefined };
  }
  await sweep(directory);
  return { directory, notes, release: () => rm(join(directory, LOCK), { force: true }).catch(() => undefined) };
}
