/** The tests that can notice a change of a file: those that import it, the nearest first. */
import { filesIn, importsOf } from "../sources.ts";

/** Where what imports the checker or the claims lies, tests included. */
const FOLDERS = ["checker/", "model/", "properties/", "scenarios/", "reports/", "explorer/", "cli/"];
const isTest = (file: string): boolean => file.endsWith(".test.ts");

let importers: ReadonlyMap<string, readonly string[]> | undefined;

/** Who imports whom, tests included. */
function importersOf(file: string): readonly string[] {
  if (!importers) {
    const found = new Map<string, string[]>();
    const files = filesIn(FOLDERS).filter((one) => one.endsWith(".ts"));
    for (const one of files)
      for (const of of importsOf(one)) {
        const known = found.get(of);
        if (known) known.push(one);
        else found.set(of, [one]);
      }
    importers = found;
  }
  return importers.get(file) ?? [];
}

/**
 * The test files, by how many imports they are away; of equal ones those in the folder of the file come first, and then those
 * that are named as the file or its folder is.
 */
export function testsNear(file: string): readonly string[] {
  const [name, folderName] = file
    .replace(/[.]ts$/, "")
    .split("/")
    .toReversed();
  const folder = file.slice(0, file.lastIndexOf("/"));
  const distance = (test: string): number =>
    test.startsWith(`${folder}/`) ? 0 : [name, folderName].some((one) => test.includes(`/${one}.`)) ? 1 : 2;
  const tests: string[] = [];
  const seen = new Set([file]);
  for (let ring: readonly string[] = [file]; ring.length > 0;) {
    const next = ring.flatMap(importersOf).filter((one, k, all) => !seen.has(one) && all.indexOf(one) === k);
    for (const one of next) seen.add(one);
    tests.push(...next.filter(isTest).sort((a, b) => distance(a) - distance(b)));
    ring = next;
  }
  return tests;
}
