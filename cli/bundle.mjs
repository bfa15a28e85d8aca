/**
 * One bundle of the program, kept under the hash of everything that it is made from: starting from it takes a quarter of the
 * time. A changed file has another hash, so that a bundle is never older than the sources (decision 0023).
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
/** Folders that the program imports from. */
const FOLDERS = ["checker", "cli", "model", "properties", "reports", "scenarios"];
/** The packages that are installed; the first is written by each installation. */
const PACKAGES = ["node_modules/.package-lock.json", "package.json"];
/** Bundles that are kept besides, however old. */
const KEPT = 3;
/** Milliseconds after its last start in which a bundle is kept, too: a process that runs may still load parts of it. */
const IN_USE = 2 * 3600 * 1000;
/** The file of a bundle that names its files, with their sizes: what is damaged or cut short is made again. */
const WHOLE = "whole.json";
/** How the folder of a bundle begins that is not whole yet. */
const MAKING = "making-";

/** @param {string} path */
const isSource = (path) => /\.(ts|mjs)$/.test(path) && !path.endsWith(".test.ts");

/**
 * Paths below the project, ascending.
 * @param {string} root
 */
export const sourcesOf = (root) =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
      .filter((path) => isSource(path) || (folder === "model" && path.endsWith(".json"))),
  ).sort();

/**
 * The hash of all sources and of the installed packages, 12 hexadecimal digits.
 * @param {string} [root] the folder of the project
 */
export function sourcesHash(root = PROJECT) {
  const hash = createHash("sha256").update(process.versions.node);
  for (const path of [...PACKAGES, ...sourcesOf(root)])
    if (existsSync(join(root, path))) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 12);
}

/**
 * The hash of all sources and of the versions of packages, 12 hexadecimal digits: equal on machines whose results are equal,
 * whatever their kind and their Node.
 * @param {string} [root] the folder of the project
 */
export function modelHash(root = PROJECT) {
  const hash = createHash("sha256");
  for (const path of ["package-lock.json", ...sourcesOf(root)])
    hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 12);
}

/**
 * The commit of the project, with "-dirty" where files differ from it; undefined where it lies in no repository of its own.
 * @param {string} [root] the folder of the project
 */
export function commitOf(root = PROJECT) {
  if (!existsSync(join(root, ".git"))) return undefined;
  const asked = ["-C", root, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
  const { status, stdout } = spawnSync("git", asked, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Writes the bundle into the folder.
 * @param {string} folder
 * @param {string} root
 */
async function write(folder, root) {
  const { bundled } = await import("./bundled.mjs");
  await bundled({
    folder,
    root,
    paths: sourcesOf(root),
    input: { main: "cli/main.ts", perform: "cli/jobs/perform.ts" },
    // Piscina starts threads from files beside its own; the others are large, and seldom needed.
    external: ["piscina", "bullmq", "ioredis"],
    sourcemap: true,
    // Node keeps nothing that it has compiled of other modules (compiled.mjs).
    format: "cjs",
    // What lies beside a source is read from there, and not from beside the bundle.
    placeOf: (path) => JSON.stringify(pathToFileURL(join(root, path)).href),
  });
}

/**
 * Removes bundles that nobody has started from for long, and what was left of making one. Other processes do so too.
 * @param {string} cache
 * @param {string} own
 */
function removeOld(cache, own) {
  const others = readdirSync(cache)
    .filter((name) => name !== own)
    .map((name) => ({ name, time: statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .filter(({ time }) => Date.now() - time > IN_USE)
    .sort((a, b) => b.time - a.time);
  const bundles = others.filter(({ name }) => !name.startsWith(MAKING));
  const left = others.filter(({ name }) => name.startsWith(MAKING));
  for (const { name } of [...bundles.slice(KEPT), ...left]) rmSync(join(cache, name), { recursive: true, force: true });
}

/**
 * The names and sizes of the files of a bundle, without what is kept beside them.
 * @param {string} folder
 */
const sizesIn = (folder) =>
  readdirSync(folder)
    .filter((name) => /\.(cjs|map)$/.test(name))
    .sort()
    .map((name) => [name, statSync(join(folder, name)).size]);

/**
 * Whether all files of the bundle are there, as they were written.
 * @param {string} folder
 */
function isWhole(folder) {
  try {
    return readFileSync(join(folder, WHOLE), "utf8") === JSON.stringify(sizesIn(folder));
  } catch {
    return false;
  }
}

/**
 * Makes the bundle, and gives its folder the name once it is whole.
 * @param {string} folder
 * @param {string} root
 */
async function make(folder, root) {
  const cache = dirname(folder);
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, MAKING));
  try {
    await write(made, root);
    writeFileSync(join(made, WHOLE), JSON.stringify(sizesIn(made)));
    // Other users start from it, too.
    chmodSync(made, 0o755);
    // A damaged one is put aside; a whole one of another process makes the next line fail, and is taken.
    if (existsSync(folder) && !isWhole(folder)) renameSync(folder, `${made}-damaged`);
    renameSync(made, folder);
    removeOld(cache, basename(folder));
  } finally {
    for (const path of [made, `${made}-damaged`]) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Where the program starts: the bundle of the sources as they are now, made if there is none. Undefined: none can be kept
 * here, or the sources cannot be bundled.
 * @param {string} hash of the sources
 * @param {string} [root] the folder of the project
 * @returns {Promise<string | undefined>} a file URL
 */
export async function bundleOf(hash, root = PROJECT) {
  const cache = join(root, "node_modules/.cache/faultline");
  // The paths of the sources are in it: a copy of the project has its own.
  const place = createHash("sha256").update(root).digest("hex").slice(0, 6);
  const folder = join(cache, `${hash}-${place}`);
  try {
    if (isWhole(folder)) utimesSync(folder, new Date(), new Date());
  } catch {
    // Of another user: its age stays.
  }
  try {
    if (!isWhole(folder)) await make(folder, root);
  } catch {
    // Nothing can be kept here, the sources are no program, or another process was first.
  }
  return isWhole(folder) ? pathToFileURL(join(folder, "main.cjs")).href : undefined;
}
