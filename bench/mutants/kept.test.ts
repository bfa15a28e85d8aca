import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Kept } from "./kept.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "faultline-kept-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const file = (): string => join(directory, "deep", "kept.jsonl");
const never = (): Promise<never> => Promise.reject(new Error("asked again"));

test("an answer is kept for the next run, also null", async () => {
  const first = new Kept(file());
  expect(await first.answerTo(["a", "b"], () => Promise.resolve({ line: 3 }))).toEqual({ line: 3 });
  expect(await first.answerTo(["c"], () => Promise.resolve(null))).toBeNull();
  const second = new Kept(file());
  expect(await second.answerTo(["a", "b"], never)).toEqual({ line: 3 });
  expect(await second.answerTo(["c"], never)).toBeNull();
});

test("another question has another answer, also where its parts make the same text", async () => {
  const kept = new Kept(file());
  await kept.answerTo(["ab", "c"], () => Promise.resolve(1));
  expect(await kept.answerTo(["a", "bc"], () => Promise.resolve(2))).toBe(2);
});

test("half a line of a run that was ended is no answer", async () => {
  await new Kept(file()).answerTo(["a"], () => Promise.resolve(1));
  writeFileSync(file(), readFileSync(file(), "utf8").slice(0, -3));
  const kept = new Kept(file());
  expect(await kept.answerTo(["a"], () => Promise.resolve(2))).toBe(2);
  expect(await new Kept(file()).answerTo(["a"], never)).toBe(2);
});

test("what failed is asked again", async () => {
  const kept = new Kept(file());
  await expect(kept.answerTo(["a"], never)).rejects.toThrow("asked again");
  expect(await kept.answerTo(["a"], () => Promise.resolve(1))).toBe(1);
});
