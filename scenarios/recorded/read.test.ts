import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { readRecording } from "./read.ts";

const folder = mkdtempSync(join(tmpdir(), "recording-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("reading recordings", () => {
  test("plain and gzipped lines are read, with their numbers", () => {
    const plain = file("a.jsonl", '{"a":1}\n\n{"b":2}\n');
    expect(readRecording(plain)).toEqual([
      { file: plain, line: 1, value: { a: 1 } },
      { file: plain, line: 3, value: { b: 2 } },
    ]);
    const zipped = file("a.jsonl.gz", gzipSync('{"a":1}'));
    expect(readRecording(zipped)).toEqual([{ file: zipped, line: 1, value: { a: 1 } }]);
  });

  test("a gzip file that is cut off, or none at all, is named", () => {
    const whole = gzipSync('{"a":1}\n'.repeat(1000));
    expect(() => readRecording(file("cut.jsonl.gz", whole.subarray(0, whole.length - 10)))).toThrow(
      /cut\.jsonl\.gz": expected a whole gzip file, but it is damaged or cut off/,
    );
    expect(() => readRecording(file("none.jsonl.gz", "hello"))).toThrow(/expected a whole gzip file/);
  });

  test("a line that is not JSON is named", () => {
    expect(() => readRecording(file("bad.jsonl", '{"a":1}\nhello\n'))).toThrow(
      /bad\.jsonl", line 2: is not JSON: .*hello.*; expected one JSON object\./,
    );
  });

  test("a missing or empty file is named", () => {
    expect(() => readRecording(join(folder, "missing.jsonl"))).toThrow(/^there is no file ".*missing\.jsonl"\.$/);
    expect(() => readRecording(file("empty.jsonl", ""))).toThrow(/empty\.jsonl": no lines/);
  });
  test("a name that is empty, and what is no regular file, are named", () => {
    expect(() => readRecording("")).toThrow(/^there is no file ""\.$/);
    const pipe = join(folder, "pipe.jsonl");
    execFileSync("mkfifo", [pipe]);
    expect(() => readRecording(pipe)).toThrow(/pipe\.jsonl" cannot be read: it is no regular file\.$/);
    expect(() => readRecording("/dev/zero")).toThrow('"/dev/zero" cannot be read: it is no regular file.');
  });
});
