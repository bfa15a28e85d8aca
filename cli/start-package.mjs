/** Loads the program of an installed package: what `cli/package/build.mjs` built. No file of it is ever made anew. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What the build wrote down: the commit of the sources, if there was one, and their hash. @typedef {{ commit?: string, model: string }} Built */

const require = createRequire(import.meta.url);

/** @param {URL | string} file */
const json = (file) => JSON.parse(readFileSync(file, "utf8"));

/** "xstate 5.33.3": the version that this package imports. @param {string} name */
function installed(name) {
  const file = require.resolve
    .paths(name)
    ?.map((folder) => join(folder, name, "package.json"))
    .find((path) => existsSync(path));
  return `${name} ${file === undefined ? "none" : json(file).version}`;
}

/** Installed packages are newer or older than those of a clone: with others, results are not taken for the same. @param {string} built */
function modelHash(built) {
  const { dependencies } = json(new URL("../package.json", import.meta.url));
  const versions = Object.keys(dependencies).sort().map(installed);
  return createHash("sha256")
    .update([built, ...versions].join("\n"))
    .digest("hex")
    .slice(0, 12);
}

/** The files of the explorer, as they were built. */
async function explorer() {
  const folder = new URL("../dist/explorer/", import.meta.url);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder))]));
}

/** @returns {Promise<import("./start.mjs").Origin>} */
export async function load() {
  const folder = new URL("../dist/", import.meta.url);
  /** @type {Built} */
  const { commit, model } = json(new URL("built.json", folder));
  return {
    hash: model,
    ...(commit !== undefined && { commit }),
    from: "the package",
    worker: new URL("perform.mjs", folder).href,
    module: await import(new URL("main.mjs", folder).href),
    model: () => modelHash(model),
    explorer,
  };
}
