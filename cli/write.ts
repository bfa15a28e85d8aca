/** Files are written whole or not at all: under another name beside the goal, and renamed when all of it is there. */
import { constants } from "node:fs";
import { access, copyFile, link, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OutputError, UsageError } from "./errors.ts";

type Cause = NodeJS.ErrnoException;

export const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What a device answers that has no room, or is broken; all other reasons are a path that cannot be meant. */
const OF_DEVICE = new Set<string | undefined>(["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENFILE"]);

export const isOfDevice = (error: unknown): boolean => OF_DEVICE.has((error as Cause).code);

const unwritable = (path: string, error: unknown): OutputError =>
  new OutputError(`"${path}" cannot be written: ${reason(error)}.`);

/** Whether pages can be written there, or read. @throws UsageError */
export async function expectFolder(path: string): Promise<void> {
  const there = await stat(path).catch((error: unknown) => {
    throw new UsageError(
      `the folder "${path}" cannot be read: ${reason(error)}.`,
      "the folder of the pages, such as docs",
    );
  });
  if (!there.isDirectory()) throw new UsageError(`"${path}" is no folder.`, "the folder of the pages, such as docs");
}

let made = 0;

/** `.faultline-PID-N.tmp`, in the same directory: only there is renaming one step. */
const temporary = (path: string): string => join(dirname(path), `.faultline-${process.pid}-${made++}.tmp`);

/** The process that has left the file, when its name is a temporary one. */
export const writerOf = (name: string): number | undefined => {
  const [, pid] = /^\.faultline-(\d+)-\d+\.tmp$/.exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
};

/**
 * Makes the directory and those above it. Not `recursive`: on a file system that answers "no such directory" to making
 * one, as /proc does, Node tries for ever.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as Cause;
    if (code === "EEXIST") return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path) throw error;
    await makeDirectory(above);
    await mkdir(path);
  }
}

/** A file that is written already, and its way to its name. */
interface Prepared {
  readonly temporary: string | undefined;
  readonly goal: string;
}

/** Writes the content beside the goal. A device or a pipe is no file that could be replaced: it is written itself. */
async function prepare(path: string, content: string): Promise<Prepared> {
  await makeDirectory(dirname(path));
  const goal = await realpath(path).catch(() => path);
  const there = await stat(goal).catch(() => undefined);
  if (there && !there.isFile()) {
    // A directory answers that it is one.
    await writeFile(goal, content);
    return { temporary: undefined, goal };
  }
  // Renaming would also replace what its owner has write-protected.
  if (there) await access(goal, constants.W_OK);
  const name = temporary(goal);
  try {
    await writeFile(name, content, { flag: "wx" });
  } catch (error) {
    await rm(name, { force: true }).catch(() => undefined);
    throw error;
  }
  return { temporary: name, goal };
}

/**
 * Writes files below a directory, which is made when it is not there: first all contents, then all names, in order, so
 * that the last file is there only when all others are. Gives the paths back.
 * @throws OutputError; when a content could not be written, everything is as it was.
 */
export async function writeAll(directory: string, files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const prepared: Prepared[] = [];
  const paths: string[] = [];
  let path = directory;
  try {
    for (const [name, content] of files) {
      path = join(directory, name);
      prepared.push(await prepare(path, content));
      paths.push(path);
    }
    for (const [k, { temporary: from, goal }] of prepared.entries()) {
      path = paths[k]!;
      if (from !== undefined) await rename(from, goal);
    }
  } catch (error) {
    for (const { temporary: from } of prepared)
      if (from !== undefined) await rm(from, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
  return paths;
}

/** Writes one file whole, in the place of the one that is there. @throws OutputError */
export const writeWhole = async (path: string, content: string): Promise<void> =>
  void (await writeAll(dirname(path), new Map([[basename(path), content]])));

/** Gives the file its name, if no file has it; false: one has. */
async function nameNew(from: string, path: string): Promise<boolean> {
  try {
    // Not rename(), which replaces; a file system without hard links copies.
    await link(from, path).catch(async (error: Cause) => {
      if (error.code === "EEXIST") throw error;
      await copyFile(from, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if ((error as Cause).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(from, { force: true });
  }
}

/** Writes a file that is not there yet. @throws UsageError for a path that cannot be, OutputError for a full disk */
export async function writeNew(path: string, content: string): Promise<"written" | "same"> {
  const name = temporary(path);
  try {
    await makeDirectory(dirname(path));
    try {
      await writeFile(name, content, { flag: "wx" });
    } catch (error) {
      await rm(name, { force: true }).catch(() => undefined);
      throw error;
    }
    if (await nameNew(name, path)) return "written";
    if (!(await stat(path)).isFile()) throw new Error("it is no regular file");
    if ((await readFile(path, "utf8")) === content) return "same";
  } catch (error) {
    if (isOfDevice(error)) throw unwritable(path, error);
    throw new UsageError(`"${path}" cannot be written: ${reason(error)}.`);
  }
  throw new UsageError(`"${path}" is there already, with other content; a saved regression is never overwritten.`);
}
