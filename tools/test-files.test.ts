import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sourceFiles } from "./cruise.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = sourceFiles(root).filter((file) => file.endsWith(".test.ts"));

/** How vitest selects files for `vitest run properties`: the word anywhere in the path below the root. */
const selected = (file: string): boolean => file.includes("properties");

test("`vitest run properties` runs the proofs and nothing else", () => {
  expect(tests.length).toBeGreaterThan(0);
  expect(tests.filter((file) => selected(file) !== /^properties\/.*[.]prop[.]test[.]ts$/.test(file))).toEqual([]);
});
