/** What is in the folder already when the explorer is written into it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { writeExplorer } from "./folder.ts";

const root = mkdtempSync(join(tmpdir(), "faultline-explorer-"));
afterAll(() => rmSync(root, { recursive: true }));

const filesOf = (...names: readonly string[]) => new Map(names.map((name) => [name, Buffer.from(name)]));

test("a later build replaces an earlier one, and leaves the files of others", () => {
  const folder = join(root, "new", "site");
  writeExplorer(folder, filesOf("index.html", "old.js"));
  writeFileSync(join(folder, "mine.html"), "mine");
  writeExplorer(folder, filesOf("index.html", "new.js"));
  expect(readdirSync(folder).sort()).toEqual(["faultline-explorer.txt", "index.html", "mine.html", "new.js"]);
  expect(readFileSync(join(folder, "mine.html"), "utf8")).toBe("mine");
});

test("a folder that no build wrote, or a file, is refused and left as it is", () => {
  const folder = join(root, "docs");
  mkdirSync(folder);
  writeExplorer(folder, filesOf());
  rmSync(join(folder, "faultline-explorer.txt"));
  writeFileSync(join(folder, "index.html"), "mine");
  expect(() => writeExplorer(folder, filesOf("index.html"))).toThrow(/docs" has files that no explorer:build wrote/);
  expect(() => writeExplorer(join(folder, "index.html"), filesOf("a.js"))).toThrow('index.html" is no folder');
  expect(readdirSync(folder)).toEqual(["index.html"]);
  expect(readFileSync(join(folder, "index.html"), "utf8")).toBe("mine");
});

test("explorer:build refuses a flag, and writes nothing", () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const loader = fileURLToPath(new URL("../typescript.mjs", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "faultline-flag-"));
  const { status, stderr } = spawnSync(process.execPath, ["--import", loader, main, "--help"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr).toContain("[-- FOLDER]");
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
