/** Files: read with clear errors, written where the user said. */
import { constants } from "node:fs";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Json } from "../checker/json.ts";
import { UsageError } from "./errors.ts";

/** The file that keeps all runs of one call of the command line. */
export const RUNS_SCHEMA = "faultline-runs/2";

/** A JSON object that says its schema. */
export type Document = { readonly schema: string } & { readonly [field: string]: Json };

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws UsageError when the file is not there, not JSON, or does not say what it is. */
export async function readDocument(path: string): Promise<Document> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(missing ? `there is no file "${path}".` : `"${path}" cannot be read: ${reason(error)}.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`"${path}" is not JSON: ${reason(error)}.`);
  }
  if (typeof value === "object" && value !== null && "schema" in value && typeof value.schema === "string")
    return value as Document;
  throw new UsageError(`"${path}" does not say what it is.`, 'an object with a field "schema"');
}

/**
 * Makes the directory and those above it. Not `recursive`: on a file system that answers "no such directory" to making
 * one, as /proc does, Node tries for ever.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path) throw error;
    await makeDirectory(above);
    await mkdir(path);
  }
}

/** Fails early, before a long search, when nothing can be kept there. */
export async function expectWritable(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK);
  } catch (error) {
    throw new UsageError(`"${directory}" cannot be written: ${reason(error)}.`, "a directory for --out");
  }
}

/** Writes files below a directory, which is made when it is not there; gives the paths back. */
export async function writeBelow(directory: string, files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const [name, content] of files) {
    const path = join(directory, name);
    try {
      await makeDirectory(dirname(path));
      await writeFile(path, content);
    } catch (error) {
      throw new UsageError(`"${path}" cannot be written: ${reason(error)}.`);
    }
    paths.push(path);
  }
  return paths;
}

/** Writes a file that is not there yet. */
export async function writeNew(path: string, content: string): Promise<"written" | "same"> {
  try {
    await makeDirectory(dirname(path));
    await writeFile(path, content, { flag: "wx" });
    return "written";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw new UsageError(`"${path}" cannot be written: ${reason(error)}.`);
    if ((await readFile(path, "utf8")) === content) return "same";
    throw new UsageError(`"${path}" is there already, with other content; a saved regression is never overwritten.`);
  }
}
