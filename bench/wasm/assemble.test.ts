import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AREA, CONTROL_AT, NUMBERS, REASON } from "../../checker/explore/search/wasm/memory-map.ts";
import { built, numbered, pathOf } from "./assemble.ts";

const text = readFileSync(pathOf("search.wat"), "utf8");

test("the module is what its text gives", async () => {
  expect(readFileSync(pathOf("built.ts"), "utf8")).toBe(await built());
});

test("another text gives another module", async () => {
  expect(await built(text.replace("(i32.const 0x9e3779b1)", "(i32.const 0x9e3779b3)"))).not.toBe(await built());
});

test("each name of the text has one number, and each number is used there", () => {
  const named = [CONTROL_AT, AREA, REASON].flatMap((names) => Object.keys(names));
  expect(new Set(named).size).toBe(named.length);
  const used = new Set([...text.matchAll(/@([A-Z0-9_]+)/g)].map(([, name]) => name));
  // Of these two the module reads addresses in tables before them.
  expect(Object.keys(NUMBERS).filter((name) => !used.has(name))).toEqual(["ANSWERS", "HEADS"]);
  expect(() => numbered("(i32.const @LIMB)")).toThrow(/says @LIMB/);
});

test("no area of the memory lies in another", () => {
  const starts = Object.values(AREA);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(Math.max(...Object.values(CONTROL_AT))).toBeLessThan(AREA.FETCHED);
});
