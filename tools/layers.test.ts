/** Each layer rule rejects something: a small tree for each, with one import that must not be there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import configuration, { LAYERS, PACKAGES, ROOMS } from "../.dependency-cruiser.mjs";
import { cruiseTree, unknownFolders } from "./cruise.ts";

const up = (room: string): string => "../".repeat(room.split("/").length);
/** Each room with an import of the next one, and the last one with an import of the first. */
const ROOM_FIXTURES = Object.fromEntries([
  ...ROOMS.slice(0, -1).map((room, place) => [
    `model/machines/${room}/up.ts`,
    [`import "${up(room)}${ROOMS[place + 1]}/leaf.ts";`, `room-${room.replace("/", "-")}`] as const,
  ]),
  [`model/machines/${ROOMS.at(-1)}/down.ts`, [`import "${up(ROOMS.at(-1)!)}${ROOMS[0]}/leaf.ts";`] as const],
]) as Readonly<Record<string, readonly [source: string, ...rules: string[]]>>;

/** File by file: what it imports (as source text), and the rules that must reject it; no rules: it is allowed. */
const FIXTURES: Readonly<Record<string, readonly [source: string, ...rules: string[]]>> = {
  "checker/up.ts": ['import "../model/machine.ts";', "layer-checker"],
  "model/up.ts": ['import "../properties/claim.ts";', "layer-model"],
  "properties/up.ts": ['import "../scenarios/story.ts";', "layer-properties"],
  "properties/claim.test.ts": ['import "../scenarios/story.ts";', "layer-properties-tests"],
  "properties/saved.test.ts": ['import "../scenarios/regression.ts";'],
  "scenarios/up.ts": ['import "../cli/command.ts";', "layer-scenarios"],
  "reports/up.ts": ['import "../checker/kernel/step.ts";', "layer-reports"],
  "reports/page.ts": [
    'import "../checker/run-record.ts"; import "../checker/replay-record.ts"; import "../checker/json.ts"; import "../checker/measure/figure.ts";',
  ],
  "explorer/up.ts": ['import "../cli/command.ts";', "layer-explorer"],
  "explorer/reads.ts": ['import "../cli/options.ts"; import "../reports/page.ts";'],
  "cli/up.ts": ['import "../bench/speed.ts";', "layer-cli"],
  "cli/all.ts": ['import "../scenarios/story.ts"; import "../reports/page.ts"; import "../model/machine.ts";'],
  "bench/up.ts": ['import "../cli/command.ts";', "layer-bench"],
  "tools/up.ts": ['import "../checker/json.ts";', "layer-tools"],

  "checker/searches.ts": ['import { createActor } from "xstate"; createActor;', "package-xstate-types"],
  "checker/kernel/other.ts": ['import { createActor } from "xstate"; createActor;', "package-xstate-types"],
  "checker/typed.ts": ['import type { Snapshot } from "xstate"; export type S = Snapshot<unknown>;'],
  "checker/kernel/step.ts": ['import { createActor } from "xstate"; createActor;'],
  "reports/draws.ts": ['import type { Snapshot } from "xstate"; export type S = Snapshot<unknown>;', "package-xstate"],
  "properties/drafts.ts": ['import "immer";', "package-immer"],
  "checker/explore/guesses.ts": ['import "fast-check";', "package-fast-check"],
  "checker/explore/random/random.ts": ['import "fast-check";'],
  "checker/explore/draws.ts": ['import "pure-rand/part";', "package-pure-rand"],
  "checker/measure/simulate/draws.ts": ['import "pure-rand/part";'],
  "model/tested.ts": ['import "vitest";', "package-vitest"],
  "model/machine.test.ts": ['import "vitest"; import "fast-check"; import "node:fs"; import "./machine.ts";'],
  "model/parses.ts": ['import "commander";', "package-commander"],
  "model/shapes.ts": ['import "zod";', "package-zod"],
  "cli/opens.ts": ['import "playwright-core";', "package-playwright-core"],
  "cli/judges.ts": ['import "axe-core";', "package-axe-core"],
  "reports/page/opens.test.ts": ['import "playwright-core"; import "axe-core";'],
  "explorer/lays-out.ts": ['import "@dagrejs/dagre";', "package-@dagrejs/dagre"],
  "cli/validates.ts": ['import "ajv";', "package-ajv"],
  "cli/validates.test.ts": ['import "ajv";'],
  "cli/posts.ts": ['import "postal-mime";', "package-postal-mime"],
  "bench/loads.ts": ['import "rolldown/part";', "package-rolldown"],
  "checker/explore/assembles.ts": ['import "wabt";', "package-wabt"],
  "cli/covers.ts": ['import "covertable";', "package-covertable"],
  "cli/threads.ts": ['import "piscina";', "package-piscina"],
  "cli/jobs/submits.ts": ['import "bullmq";', "package-bullmq"],
  "cli/asks.ts": ['import "ioredis";', "package-ioredis"],
  "cli/jobs/queue/connects.ts": ['import "bullmq"; import "ioredis";'],
  "cli/parses.ts": ['import "typescript";', "package-typescript"],
  "cli/cruises.ts": ['import "dependency-cruiser";', "package-dependency-cruiser"],
  "checker/reads.ts": ['import "node:fs";', "package-node"],
  "scenarios/recorded/read.ts": ['import "node:fs";'],
  "model/colours.ts": ['import "undecided";', "no-other-package"],

  "checker/reference/steals.ts": ['import "../kernel/step.ts";', "reference-apart"],
  "checker/reference/runs.ts": ['import { take } from "../system.ts"; take;', "reference-apart-types"],
  "checker/reference/reads.ts": ['import type { Said } from "../system.ts"; export type S = Said;'],
  "checker/reference/compares.test.ts": ['import "../kernel/step.ts"; import "./reads.ts"; import "../system.ts";'],
  "checker/explore/leans.ts": ['import "../reference/reads.ts";', "apart-from-reference"],
  "checker/textbook/held-against-reference.ts": ['import "../reference/reads.ts"; import "../kernel/step.ts";'],

  ...ROOM_FIXTURES,
  "model/attic.ts": ['import "./machines/attic/leaf.ts";', "no-other-room"],

  "model/left.ts": ['import "./right.ts";', "no-cycle"],
  "model/right.ts": ['import "./left.ts";'],
  "model/alone.ts": ["export {};", "no-orphan"],
  "model/lost.ts": ['import "./nowhere.ts";', "no-unresolvable"],
  "model/borrows.ts": ['import "./machine.test.ts";', "no-test-import"],
  "model/uses.ts": ['import "./machine.ts"; import "./claimed.ts";'],
};

const LEAVES = [
  ...ROOMS.map((room) => `model/machines/${room}/leaf.ts`),
  "model/machines/attic/leaf.ts",
  "checker/json.ts",
  "checker/measure/figure.ts",
  "checker/replay-record.ts",
  "checker/run-record.ts",
  "checker/system.ts",
  "model/machine.ts",
  "model/claimed.ts",
  "properties/claim.ts",
  "scenarios/story.ts",
  "scenarios/regression.ts",
  "cli/options.ts",
  "cli/command.ts",
  "bench/speed.ts",
];

let root = "";
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "faultline-layers-"));
  write("package.json", '{ "type": "module" }');
  for (const name of [...Object.keys(PACKAGES).filter((it) => it !== "node:"), "undecided"]) {
    const exports = { ".": "./index.js", "./part": "./index.js" };
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: "module", exports }));
    write(`node_modules/${name}/index.js`, "export const createActor = 0;");
  }
  for (const path of LEAVES) write(path, "export {};");
  for (const [path, [source]] of Object.entries(FIXTURES)) write(path, source);
});
afterAll(() => rmSync(root, { recursive: true }));

describe("the table of layers", () => {
  test("rejects each import that breaks a rule, by that rule, and no other import", async () => {
    const { files, unseen, violations } = await cruiseTree(root);
    const found: Record<string, string[]> = {};
    for (const { from, rule } of violations) (found[from] ??= []).push(rule.name);
    const expected = Object.fromEntries(
      Object.entries(FIXTURES)
        .filter(([, [, ...rules]]) => rules.length > 0)
        .map(([path, [, ...rules]]) => [path, rules]),
    );
    expect(found).toEqual(expected);
    expect(files).toHaveLength(LEAVES.length + Object.keys(FIXTURES).length);
    expect(unseen).toEqual([]);
  });

  test("has a fixture for each of its rules, and a reason", () => {
    const rejected = new Set(Object.values(FIXTURES).flatMap(([, ...rules]) => rules));
    expect(configuration.forbidden?.map(({ name }) => name)).toEqual(expect.arrayContaining([...rejected]));
    for (const { name = "", comment = "" } of configuration.forbidden ?? []) {
      expect(rejected, name).toContain(name);
      expect(comment.length, name).toBeGreaterThan(20);
    }
    expect(Object.keys(LAYERS).length).toBeGreaterThan(5);
  });

  test("does not pass a tree in which no import was seen", async () => {
    write("blind/model/a.ts", "export {};");
    expect((await cruiseTree(join(root, "blind"))).unseen).toEqual(["model/a.ts"]);
  });

  test("notices a folder that no row names", () => {
    expect(unknownFolders(["checker/a.ts", "plugins/b.ts", "plugins/c.ts"])).toEqual(["plugins"]);
  });
});
