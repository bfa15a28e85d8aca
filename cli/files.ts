/** Files that are read, with clear errors. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { textOf } from "../checker/plain-json.ts";
import { COUNTEREXAMPLES } from "./claim.ts";
import { documentIn, type Document } from "./document.ts";
import { UsageError } from "./errors.ts";
import { reason } from "./write.ts";

const REPLACED = "; a later run into that directory replaces its counterexamples";

/** @throws UsageError when the file is not there, has more than `most` bytes, or is none that ends: a device, a pipe */
export async function readBytes(path: string, most = Infinity): Promise<Uint8Array> {
  let isFolder = false;
  try {
    const file = await stat(path);
    isFolder = file.isDirectory();
    if (isFolder) throw new Error("it is a directory");
    if (!file.isFile()) throw new Error("it is no regular file");
    if (file.size > most) throw new Error(`it has ${file.size} bytes, and at most ${most} are read`);
    return await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const because = basename(dirname(path)) === COUNTEREXAMPLES ? REPLACED : "";
    throw new UsageError(
      missing ? `there is no file "${path}"${because}.` : `"${path}" cannot be read: ${reason(error)}.`,
      isFolder ? "a file" : "",
    );
  }
}

/** @throws UsageError when the file is not there, not JSON, or has no schema: it is not `expected` */
export async function readDocument(path: string, expected: string): Promise<Document> {
  const bytes = await readBytes(path);
  return documentIn(() => textOf(bytes), path, expected);
}
