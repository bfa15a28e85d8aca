/** docs/design-space.md is what the sweeps say, and is written whole or not at all. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { propertyWith, runWith } from "../../reports/example.ts";
import { designSpace } from "../../scenarios/design-space.ts";
import { engine } from "../engine.ts";
import { fakeTerminal } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine } from "../ports.ts";
import { designSpaceOf } from "./design-space.ts";

const folder = (): string => {
  const path = fresh();
  mkdirSync(path);
  return path;
};

const quick: Engine = { ...engine, check: async () => runWith([propertyWith("UNM-1", { kind: "holds" })]) };

test("docs/design-space.md says what the sweeps say (npm run findings)", async () => {
  const page = await designSpaceOf(engine, fakeTerminal().terminal, { jobs: 1, worker: undefined, maxMemory: 2e9 });
  expect(page).toBe(readFileSync(new URL("../../docs/design-space.md", import.meta.url), "utf8"));
});

test("The page has every question with its command, and says when nothing breaks", async () => {
  const out = folder();
  const { code } = await faultline(["sweep", "--write", out], quick);
  const page = readFileSync(join(out, "design-space.md"), "utf8");
  expect(code).toBe(0);
  expect(page.match(/^## /gm)).toHaveLength(designSpace.length);
  expect(page.match(/^npx faultline sweep /gm)).toHaveLength(designSpace.length);
  expect(page).not.toContain("**Not safe:**");
});

test("The commands on the page are command lines that this tool takes", async () => {
  const out = folder();
  await faultline(["sweep", "--write", out], quick);
  const commands = readFileSync(join(out, "design-space.md"), "utf8").match(/^npx faultline sweep .+$/gm) ?? [];
  for (const command of commands)
    expect((await faultline([...command.split(" ").slice(2), "--out", fresh()], quick)).code).toBe(0);
});

test("After Ctrl-C, or when a run fails, nothing is written", async () => {
  const control = new AbortController();
  const interrupting: Engine = {
    ...quick,
    check: async (...of) => {
      control.abort(130);
      return quick.check(...of);
    },
  };
  const out = folder();
  const { code, err } = await faultline(["sweep", "--write", out], interrupting, { signal: control.signal });
  expect({ code, err }).toEqual({
    code: 130,
    err: "faultline: design-space.md was not written: some runs did not end.\n",
  });
  expect(existsSync(join(out, "design-space.md"))).toBe(false);
});

test.each([
  [["sweep", "--write", "nowhere"], 'the folder "nowhere" cannot be read'],
  [["sweep", "unmap-race", "--write", "docs"], "design-space.md is made of sweeps of its own."],
  [["sweep", "--write", "docs", "--json"], "design-space.md is made of sweeps of its own."],
])("%j is refused", async (args, message) => {
  const { code, err } = await faultline(args, quick);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
