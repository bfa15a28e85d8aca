/**
 * Loads a bundle with what V8 compiled of it the last time: compiling takes longer than everything else of a start (decision
 * 0023). Beside each file lies one of the same name with ".compiled". One that is damaged, or of another V8, is not used.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

/** How the name of what was compiled ends. */
export const COMPILED = ".compiled";
/** Bytes before it: their checksum. V8 itself looks at no more than its own version and the length. */
const HEAD = 4;

/** @typedef {{ exports: unknown }} Module */

/** Files that were compiled anew. @type {Map<string, Script>} */
const fresh = new Map();
/** By path. @type {Map<string, Module>} */
const modules = new Map();

/** @param {string} path @returns {Buffer | undefined} */
function compiledBefore(path) {
  try {
    const bytes = readFileSync(path + COMPILED);
    const data = bytes.subarray(HEAD);
    return bytes.length > HEAD && bytes.readUInt32LE() === crc32(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} path @returns {unknown} */
function loadedFrom(path) {
  const known = modules.get(path);
  if (known) return known.exports;
  const cachedData = compiledBefore(path);
  // The code begins in its second line, which counts as the first: a source map fits.
  const text = `(function (exports, require, module) { "use strict";\n${readFileSync(path, "utf8")}\n})`;
  const script = new Script(text, { filename: path, lineOffset: -1, ...(cachedData && { cachedData }) });
  if (cachedData === undefined || script.cachedDataRejected === true) fresh.set(path, script);
  /** @type {Module} */
  const module = { exports: {} };
  modules.set(path, module);
  const outside = createRequire(path);
  const inside = dirname(path);
  /** @param {string} name */
  const require = (name) => (name.startsWith("./") ? loadedFrom(join(inside, name)) : outside(name));
  script.runInThisContext()(module.exports, require, module);
  return module.exports;
}

/** By path of a file of the bundle. @type {Map<string, SourceMap | undefined>} */
const maps = new Map();

/** @param {string} path */
function mapOf(path) {
  if (maps.has(path)) return maps.get(path);
  let map;
  try {
    map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8")));
  } catch {
    // The stack names the bundle then.
  }
  maps.set(path, map);
  return map;
}

/**
 * A line of a stack, of the source in the place of the bundle.
 * @param {NodeJS.CallSite} frame
 */
function lineOf(frame) {
  const [path, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  const map = path && modules.has(path) ? mapOf(path) : undefined;
  if (!path || !line || !column || !map) return String(frame);
  const entry = map.findEntry(line - 1, column - 1);
  if (!("originalSource" in entry)) return String(frame);
  const source = join(dirname(path), entry.originalSource);
  const place = `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return String(frame).replace(`${path}:${line}:${column}`, () => place);
}

/**
 * The module of the bundle, and from now on the sources in each stack.
 * @param {string} url of a file
 * @returns {any}
 */
export function loaded(url) {
  Error.prepareStackTrace = (error, frames) => [String(error), ...frames.map(lineOf)].join("\n    at ");
  return loadedFrom(fileURLToPath(url));
}

/** Keeps what was compiled since, with the functions that were used; where that cannot be, nothing is kept. */
export function keepCompiled() {
  for (const [path, script] of fresh) {
    const made = `${path}.${process.pid}-making`;
    try {
      const data = script.createCachedData();
      const head = Buffer.alloc(HEAD);
      head.writeUInt32LE(crc32(data));
      writeFileSync(made, Buffer.concat([head, data]));
      renameSync(made, path + COMPILED);
    } catch {
      rmSync(made, { force: true });
    }
  }
  fresh.clear();
}
