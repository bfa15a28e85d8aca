/** Reads recordings: one JSON value on each line, plain or gzipped. */
import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Json } from "../../checker/json.ts";
import { JsonError, parsePlain, textOf } from "../../checker/plain-json.ts";
import { RecordingError, type RecordedLine } from "./conformance.ts";

/** All lines of a `.jsonl` or `.jsonl.gz` file; RecordingError when it cannot be read. Empty lines are skipped. */
export function readRecording(file: string): readonly RecordedLine[] {
  const lines = textOfFile(file)
    .split("\n")
    .flatMap((content, index) =>
      content.trim() === "" ? [] : [{ file, line: index + 1, value: json(file, index + 1, content) }],
    );
  if (lines.length === 0) throw new RecordingError(`"${file}": no lines; expected one JSON object on each line.`);
  return lines;
}

/** The text of a file, plain or gzipped; RecordingError when it cannot be read. */
export function textOfFile(file: string): string {
  let bytes: Buffer;
  try {
    // A pipe would be read for ever.
    if (!statSync(file).isFile()) throw new Error("it is no regular file");
    bytes = readFileSync(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new RecordingError(missing ? `there is no file "${file}".` : `"${file}" cannot be read: ${reason(error)}.`);
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return textOf(isGzip || file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  } catch (error) {
    if (error instanceof JsonError) throw new RecordingError(`"${file}": ${error.message}.`);
    throw new RecordingError(`"${file}": expected a whole gzip file, but it is damaged or cut off (${reason(error)}).`);
  }
}

/** The text of a line, read. */
function json(file: string, line: number, content: string): Json {
  try {
    return parsePlain(content);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new RecordingError(`"${file}", line ${line}: ${error.message}; expected one JSON object.`);
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
