/** Files that are read, with clear errors. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Json } from "../checker/json.ts";
import { JsonError, parsePlain, textOf } from "../checker/plain-json.ts";
import { COUNTEREXAMPLES } from "./claim.ts";
import { UsageError } from "./errors.ts";
import { reason } from "./write.ts";

/** The file that keeps all runs of one call of the command line. */
export const RUNS_SCHEMA = "faultline-runs/2";

/** A JSON object that says its schema. */
export type Document = { readonly schema: string } & { readonly [field: string]: Json };

const REPLACED = "; a later run into that directory replaces its counterexamples";

/** @throws UsageError when the file is not there, has more than `most` bytes, or is none that ends: a device, a pipe */
export async function readBytes(path: string, most = Infinity): Promise<Uint8Array> {
  try {
    const file = await stat(path);
    if (!file.isFile()) throw new Error("it is no regular file");
    if (file.size > most) throw new Error(`it has ${file.size} bytes, and at most ${most} are read`);
    return await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const because = basename(dirname(path)) === COUNTEREXAMPLES ? REPLACED : "";
    throw new UsageError(
      missing ? `there is no file "${path}"${because}.` : `"${path}" cannot be read: ${reason(error)}.`,
    );
  }
}

/** @throws UsageError when the file is not there, not JSON, or has no schema. */
export async function readDocument(path: string): Promise<Document> {
  const bytes = await readBytes(path);
  let value: Json;
  try {
    value = parsePlain(textOf(bytes));
  } catch (error) {
    if (error instanceof JsonError) throw new UsageError(`"${path}" ${error.message}.`);
    throw error;
  }
  if (typeof value === "object" && value !== null && "schema" in value && typeof value["schema"] === "string")
    return value as Document;
  throw new UsageError(
    `"${path}" has no field "schema".`,
    "run.json, a counterexample or a regression that faultline wrote",
  );
}
