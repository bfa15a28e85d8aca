import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sourceFiles } from "./cruise.ts";
import { LONGEST } from "./longest.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = sourceFiles(root).filter((file) => file.endsWith(".test.ts"));

/** How vitest selects files for `vitest run properties`: the word anywhere in the path below the root. */
const selected = (file: string): boolean => file.includes("properties");

test("`vitest run properties` runs the proofs and nothing else", () => {
  expect(tests.length).toBeGreaterThan(0);
  expect(tests.filter((file) => selected(file) !== /^properties\/.*[.]prop[.]test[.]ts$/.test(file))).toEqual([]);
});

test("the files that begin early exist, each named once", () => {
  expect(LONGEST.filter((file) => !tests.includes(file))).toEqual([]);
  expect(new Set(LONGEST).size).toBe(LONGEST.length);
});
