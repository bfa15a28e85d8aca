/** Files that are read, with clear errors. */
import { readFile } from "node:fs/promises";
import type { Json } from "../checker/json.ts";
import { UsageError } from "./errors.ts";
import { reason } from "./write.ts";

/** The file that keeps all runs of one call of the command line. */
export const RUNS_SCHEMA = "faultline-runs/1";

/** A JSON object that says its schema. */
export type Document = { readonly schema: string } & { readonly [field: string]: Json };

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
