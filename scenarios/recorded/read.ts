/** Reads recordings: one JSON value on each line, plain or gzipped. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Json } from "../../checker/json.ts";
import { RecordingError, type RecordedLine } from "./conformance.ts";

/** How much of a bad line an error shows, in characters. */
const SHOWN = 60;

/** All lines of a `.jsonl` or `.jsonl.gz` file; RecordingError when it cannot be read. Empty lines are skipped. */
export function readRecording(file: string): readonly RecordedLine[] {
  const lines = text(file)
    .split("\n")
    .flatMap((content, index) =>
      content.trim() === "" ? [] : [{ file, line: index + 1, value: json(file, index + 1, content) }],
    );
  if (lines.length === 0) throw new RecordingError(`${file}: no lines; expected one JSON object on each line.`);
  return lines;
}

function text(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new RecordingError(`${file}: cannot be read (${reason(error)}).`);
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip && !file.endsWith(".gz")) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch (error) {
    throw new RecordingError(`${file}: expected a whole gzip file, but it is damaged or cut off (${reason(error)}).`);
  }
}

function json(file: string, line: number, content: string): Json {
  try {
    return JSON.parse(content) as Json;
  } catch {
    const shown = content.length > SHOWN ? `${content.slice(0, SHOWN)} ...` : content;
    throw new RecordingError(`${file}, line ${line}: expected one JSON object, found ${shown}`);
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
