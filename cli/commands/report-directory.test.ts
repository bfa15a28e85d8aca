/** `report` of a directory of results. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { brokenRun, engineThatFinds } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";

const out = fresh();
await faultline(["check", "unmap", "--out", out], engineThatFinds(brokenRun));

test("a directory stands for its run.json, and its commands name the directory", async () => {
  for (const format of ["text", "ktap", "markdown"]) {
    const { code, out: text } = await faultline(["report", out, "--format", format]);
    const file = await faultline(["report", join(out, "run.json"), "--format", format, "--out", out]);
    expect({ code, text }).toEqual({ code: 0, text: file.out });
  }
  const { out: page } = await faultline(["report", out, "--format", "html"]);
  expect(page).toBe(readFileSync(join(out, "report.html"), "utf8"));
});

test("a format of one counterexample names those that are there", async () => {
  const { code, err } = await faultline(["report", out, "--format", "mermaid"]);
  expect(code).toBe(2);
  expect(err).toMatch(/^faultline: "[^"]*" is a directory, and mermaid tells one counterexample\.\n/);
  expect(err).toMatch(/\n {2}Expected one of (?:\S*\/counterexamples\/[A-Z]+-\d+-\w+\.json(?:, )?){2}\.\n$/);
});

test("a directory without a run names what it has", async () => {
  const { code, err } = await faultline(["report", join(out, "counterexamples")]);
  expect(code).toBe(2);
  expect(err).toContain("it has no run.json.\n  Expected one of ");
  for (let k = 0; k < 4; k++) writeFileSync(join(out, "counterexamples", `${k}.json`), "{}");
  const { err: many } = await faultline(["report", join(out, "counterexamples")]);
  expect(many).toMatch(/Expected one of 6 files: (?:\S*\/\d\.json, ){3}\.\.\.\.\n$/);
  const empty = fresh();
  mkdirSync(empty);
  writeFileSync(join(empty, "notes.txt"), "");
  expect((await faultline(["report", empty])).err).toContain("Expected a file of faultline, or a directory that check");
});
