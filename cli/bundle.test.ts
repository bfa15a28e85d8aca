/** The bundle is what the sources say, now and here. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleOf, commitOf, sourcesHash } from "./bundle.mjs";
import { fresh } from "./fake-run.ts";

const project = fileURLToPath(new URL("..", import.meta.url));

/** A small project of the same form: its program prints what it was made from. */
function smallProject(): string {
  const root = fresh();
  for (const folder of ["checker", "cli/jobs", "model/machines", "properties", "reports", "scenarios", "node_modules"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module", version: "1.2.3" }));
  writeFileSync(join(root, "cli/machine-imports.ts"), "export const importMachine = (path: string) => import(path);");
  writeFileSync(join(root, "model/machines/one.ts"), `export const one: string = "first";`);
  const main = `import { importMachine } from "./machine-imports.ts";
    export const start = async () => [(await importMachine("model/machines/one.ts")).one, import.meta.url];`;
  writeFileSync(join(root, "cli/main.ts"), main);
  writeFileSync(join(root, "cli/jobs/perform.ts"), "export const perform = () => 0;");
  return root;
}

const LOADER = new URL("compiled.mjs", import.meta.url).href;

/** What a process of its own says that loads the bundle, starts its program, and keeps what was compiled. */
function startFrom(url: string): readonly string[] {
  const text = `import { keepCompiled, loaded } from ${JSON.stringify(LOADER)};
    const said = await loaded(${JSON.stringify(url)}).start().catch(({ stack }) => [stack]);
    keepCompiled();
    console.log(JSON.stringify(said));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", text], { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as readonly string[];
}

const startOf = async (root: string): Promise<readonly string[]> =>
  startFrom((await bundleOf(sourcesHash(root), root))!);

test("a changed source, a new one and a changed package make another hash; a test does not", () => {
  const root = smallProject();
  const before = sourcesHash(root);
  expect(before).toMatch(/^[0-9a-f]{12}$/);
  writeFileSync(join(root, "cli/main.test.ts"), "1");
  expect(sourcesHash(root)).toBe(before);
  const changes: readonly (readonly [string, string])[] = [
    ["model/machines/one.ts", `export const one = "second";`],
    ["scenarios/new.ts", ""],
    ["model/list.json", "[]"],
    ["node_modules/.package-lock.json", "{}"],
  ];
  const hashes = changes.map(([path, text]) => {
    writeFileSync(join(root, path), text);
    return sourcesHash(root);
  });
  expect(new Set([before, ...hashes]).size).toBe(1 + changes.length);
});

test("the bundle has the machines in it, and looks for other files beside the sources", async () => {
  const root = smallProject();
  expect(await startOf(root)).toEqual(["first", new URL(`file://${join(root, "cli/main.ts")}`).href]);
  writeFileSync(join(root, "model/machines/one.ts"), `export const one = "second";`);
  expect((await startOf(root))[0]).toBe("second");
});

test("a project that was moved does not start from the bundle of its old place", async () => {
  const root = smallProject();
  await startOf(root);
  const moved = `${root}-moved`;
  renameSync(root, moved);
  expect((await startOf(moved))[1]).toContain("-moved/");
});

test("two that start at once share one bundle, and nothing half made stays", async () => {
  const root = smallProject();
  const hash = sourcesHash(root);
  const urls = await Promise.all([bundleOf(hash, root), bundleOf(hash, root)]);
  expect(urls[0]).toBe(urls[1]);
  const cache = join(root, "node_modules/.cache/faultline");
  expect(readdirSync(cache)).toHaveLength(1);
  expect(statSync(join(cache, readdirSync(cache)[0]!)).mode & 0o777).toBe(0o755);
});

test("bundles and remains of long ago go, but for the last three; those of now stay", async () => {
  const root = smallProject();
  const cache = join(root, "node_modules/.cache/faultline");
  const ages = (names: readonly string[]) => {
    for (const [k, name] of names.entries()) utimesSync(join(cache, name), 1000 + k, 1000 + k);
  };
  for (const text of ["a", "b", "c", "d", "e"]) {
    writeFileSync(join(root, "cli/other.ts"), `// ${text}`);
    await bundleOf(sourcesHash(root), root);
  }
  mkdirSync(join(cache, "making-left"));
  mkdirSync(join(cache, "making-now"));
  const made = readdirSync(cache).filter((name) => !name.startsWith("making-"));
  expect(made).toHaveLength(5);
  ages([...made, "making-left"]);
  writeFileSync(join(root, "cli/other.ts"), "// f");
  await bundleOf(sourcesHash(root), root);
  const kept = readdirSync(cache);
  expect(kept).toEqual(expect.arrayContaining(["making-now", ...made.slice(2)]));
  expect(kept).toHaveLength(5);
});

test.each(["main.cjs", "perform.cjs", "whole.json"])(
  "a bundle whose %s is cut short or gone is made again",
  async (name) => {
    const root = smallProject();
    const hash = sourcesHash(root);
    const url = await bundleOf(hash, root);
    const path = fileURLToPath(new URL(name, url));
    const before = readFileSync(path, "utf8");
    for (const damage of [() => writeFileSync(path, before.slice(1)), () => rmSync(path)]) {
      damage();
      expect(await bundleOf(hash, root)).toBe(url);
      expect(readFileSync(path, "utf8")).toBe(before);
    }
  },
);

test("what V8 has compiled is kept beside the bundle and used, but for what is damaged", async () => {
  const root = smallProject();
  const url = (await bundleOf(sourcesHash(root), root))!;
  const compiled = `${fileURLToPath(url)}.compiled`;
  expect(existsSync(compiled)).toBe(false);
  const said = startFrom(url);
  const before = readFileSync(compiled);
  // Of a program of the same length: V8 takes it, which shows that it looks there.
  writeFileSync(join(root, "model/machines/one.ts"), `export const one: string = "other";`);
  const other = (await bundleOf(sourcesHash(root), root))!;
  expect(startFrom(other)[0]).toBe("other");
  cpSync(`${fileURLToPath(other)}.compiled`, compiled);
  expect(startFrom(url)).toEqual(["other", said[1]]);
  for (const damaged of [before.subarray(1), before.subarray(0, 9), Buffer.from(""), before.fill(0, 100, 200)]) {
    writeFileSync(compiled, damaged);
    expect(startFrom(url)).toEqual(said);
    expect(readFileSync(compiled).equals(damaged)).toBe(false);
  }
  expect(await bundleOf(sourcesHash(root), root)).toBe(other);
});

test("a stack names the source, or the bundle where its map is gone", async () => {
  const root = smallProject();
  const main = `import { importMachine } from "./machine-imports.ts";
    const nothing: { readonly list?: readonly string[] } = {};
    export const start = async () => [importMachine, nothing.list!.length];`;
  writeFileSync(join(root, "cli/main.ts"), main);
  const url = (await bundleOf(sourcesHash(root), root))!;
  const [stack] = startFrom(url);
  expect(stack).toMatch(/^TypeError: Cannot read properties of undefined \(reading 'length'\)\n {4}at /);
  expect(stack).toContain(`${join(root, "cli/main.ts")}:3:`);
  rmSync(`${fileURLToPath(url)}.map`);
  expect(startFrom(url)[0]).toContain(`${fileURLToPath(url)}:`);
});

test("sources with a mistake, and a folder that cannot be written, have no bundle", async () => {
  const root = smallProject();
  writeFileSync(join(root, "cli/main.ts"), "export const start = (");
  expect(await bundleOf(sourcesHash(root), root)).toBeUndefined();
  expect(readdirSync(join(root, "node_modules/.cache/faultline"))).toEqual([]);
  const other = smallProject();
  writeFileSync(join(other, "node_modules/.cache"), "a file in the place of the folder");
  expect(await bundleOf(sourcesHash(other), other)).toBeUndefined();
});

test("the bundle says what the sources say", () => {
  const said = (args: readonly string[], from: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, "cli/faultline.mjs"), ...args], {
      encoding: "utf8",
      env: { ...process.env, FAULTLINE_FROM: from },
    });
    const untimed = (text: string) => text.replaceAll(/\d+\.\d+ s|"seconds":[\d.]+/g, "");
    return { status, stdout: untimed(stdout), stderr: untimed(stderr) };
  };
  const out = fresh();
  for (const args of [
    ["explain", "ovfLastResponse"],
    ["list", "systems", "--json"],
    ["check", "unmap-rase"],
    ["check", "pri-overflow", "--bounds", "small", "--set", "ovfLastResponse=none", "--out", out, "--json"],
  ])
    expect(JSON.stringify(said(args, "bundle")) === JSON.stringify(said(args, "sources")), args.join(" ")).toBe(true);
  const commit = commitOf();
  expect(said(["--version"], "bundle").stdout).toBe(
    `faultline 0.1.0 (${commit === undefined ? "" : `commit ${commit}, `}sources ${sourcesHash()}, loaded from a bundle of them)\n`,
  );
  expect(said(["--version"], "sources").stdout).toContain("loaded from them)");
}, 120_000);

test("the commit is that of the project's own repository, and says whether files differ from it", () => {
  const root = smallProject();
  expect(commitOf(root)).toBeUndefined();
  const git = (...args: readonly string[]) =>
    spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      cwd: root,
      encoding: "utf8",
    }).stdout.trim();
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message=first");
  git("tag", "v1");
  const commit = git("rev-parse", "HEAD").slice(0, 12);
  expect(commitOf(root)).toBe(commit);
  writeFileSync(join(root, "cli/main.ts"), "");
  expect(commitOf(root)).toBe(`${commit}-dirty`);
});

test("FAULTLINE_FROM is bundle or sources", () => {
  const env = { ...process.env, FAULTLINE_FROM: "source" };
  const { status, stderr } = spawnSync(process.execPath, [join(project, "cli/faultline.mjs"), "list"], {
    encoding: "utf8",
    env,
  });
  expect(stderr).toBe('faultline: FAULTLINE_FROM cannot be "source".\n  Expected bundle or sources.\n');
  expect(status).toBe(2);
});

test("a copy that cannot keep a bundle starts from its sources", () => {
  const root = fresh();
  mkdirSync(join(root, "node_modules"), { recursive: true });
  for (const name of ["package.json", "checker", "cli", "model", "properties", "reports", "scenarios"])
    cpSync(join(project, name), join(root, name), { recursive: true, filter: (path) => !path.includes("/data/") });
  for (const name of readdirSync(join(project, "node_modules")))
    if (!name.startsWith(".")) symlinkSync(join(project, "node_modules", name), join(root, "node_modules", name));
  writeFileSync(join(root, "node_modules/.cache"), "");
  const { stdout } = spawnSync(process.execPath, [join(root, "cli/faultline.mjs"), "--version"], { encoding: "utf8" });
  expect(stdout).toContain("loaded from them)");
  expect(existsSync(join(root, "node_modules/.cache/faultline"))).toBe(false);
}, 60_000);
