/** JSON texts that say their schema, from wherever they were read. */
import type { Json } from "../checker/json.ts";
import { JsonError, parsePlain } from "../checker/plain-json.ts";
import { UsageError } from "./errors.ts";

/** The file that keeps all runs of one call of the command line. */
export const RUNS_SCHEMA = "faultline-runs/2";

/** A JSON object that says its schema. */
export type Document = { readonly schema: string } & { readonly [field: string]: Json };

/** `path`: the file that the text is from. @throws UsageError when it is not JSON, or has no schema: it is not `expected`. */
export function documentIn(text: () => string, path: string, expected: string): Document {
  let value: Json;
  try {
    value = parsePlain(text());
  } catch (error) {
    if (error instanceof JsonError) throw new UsageError(`"${path}" ${error.message}.`);
    throw error;
  }
  if (typeof value === "object" && value !== null && "schema" in value && typeof value["schema"] === "string")
    return value as Document;
  throw new UsageError(`"${path}" has no field "schema".`, expected);
}
