/** What docs/checker.md says that its programs print, they print. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fresh } from "../fake-run.ts";
import { pagePrograms, withImports } from "./page-code.ts";

const at = (path: string): string => new URL(path, import.meta.url).href;
const MODULES = {
  xstate: import.meta.resolve("xstate"),
  "faultline/checker": at("../../checker/library.ts"),
  "faultline/reports": at("../../reports/library.ts"),
};

test.each(pagePrograms(new URL("../../docs/checker.md", import.meta.url)))("$title", ({ code, prints }) => {
  const folder = fresh();
  mkdirSync(folder);
  const file = join(folder, "program.ts");
  writeFileSync(file, withImports(code, MODULES));
  const loader = fileURLToPath(new URL("../typescript.mjs", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", loader, file], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe(prints);
});
