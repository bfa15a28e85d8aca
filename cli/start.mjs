/** Starts the program: in a clone from its sources, or a bundle of them; in the package from what was built for it. */
import { existsSync, readFileSync } from "node:fs";

/**
 * Where the program was loaded from.
 * @typedef {object} Origin
 * @property {string} hash of the sources
 * @property {string} [commit] that the sources are of; asked for when it is printed
 * @property {string} from in words: "a bundle of them"
 * @property {string} worker a file URL: where a worker thread finds `perform`
 * @property {typeof import("./main.ts")} module
 * @property {() => string} model the hash that is equal where results are equal
 * @property {() => Promise<ReadonlyMap<string, Uint8Array>>} explorer the files of the explorer, by name
 * @property {() => void} [ended] called when the command has started or ended, more than once
 */

/** From where the user wants it: "bundle" (default) or "sources". */
const wanted = process.env["FAULTLINE_FROM"] ?? "bundle";

/** Whether the sources lie here: the package has only what was built from them. */
const isClone = existsSync(new URL("main.ts", import.meta.url));

/** Milliseconds after which a command has started, whatever it does after that. */
const STARTED = 1500;

/** @returns {string | undefined} what is wrong with FAULTLINE_FROM */
function refusal() {
  if (wanted !== "bundle" && wanted !== "sources")
    return `FAULTLINE_FROM cannot be ${JSON.stringify(wanted)}.\n  Expected bundle or sources.`;
  if (wanted === "sources" && !isClone)
    return `FAULTLINE_FROM cannot be "sources" in an installed package.\n  Expected bundle; a clone has the sources.`;
  return undefined;
}

/** Runs the command that the arguments of the process name. */
export async function started() {
  const wrong = refusal();
  if (wrong !== undefined) {
    console.error(`faultline: ${wrong}`);
    process.exitCode = 2;
    return;
  }
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const asksVersion = process.argv.includes("--version");
  /** @type {Origin} */
  const origin = isClone
    ? await (await import("./start-clone.mjs")).load(wanted, asksVersion)
    : await (await import("./start-package.mjs")).load();
  const { hash, commit, from, worker, module, model, explorer, ended } = origin;
  const of = commit === undefined ? "" : `commit ${commit}, `;
  // In a long run V8 drops what it has compiled for the start.
  const early = setTimeout(() => ended?.(), STARTED).unref();
  await module.start({
    version: `faultline ${version} (${of}sources ${hash}, loaded from ${from})`,
    tool: `faultline ${version} (sources ${hash})`,
    worker,
    explorer,
    identity: () => ({ version, model: model() }),
  });
  clearTimeout(early);
  ended?.();
}
