/** The types of modules, as .d.ts files: of these modules, and of those whose types they name. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/** Relative names of modules in a declaration: `from "./wiring.ts"`, `import("./wiring.ts")`. */
const NAMES = /(?:from|import\()\s*"(\.[^"]+\.ts)"/g;

/**
 * Writes them, each at the path that its source has below the root. Whether the sources are right, `npm run types` says.
 *
 * @param {string} root of the project
 * @param {string} folder
 * @param {readonly string[]} modules paths below the root
 */
export function writeDeclarations(root, folder, modules) {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { tsBuildInfoFile: _, ...options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
  const paths = modules.map((path) => join(root, path));
  const emitting = { noEmit: false, noCheck: true, declaration: true, emitDeclarationOnly: true, incremental: false };
  const program = ts.createProgram(paths, { ...options, ...emitting });
  const seen = new Set(paths);
  // A set hands out what is added while it is walked through.
  for (const path of seen) {
    const write = (/** @type {string} */ _path, /** @type {string} */ text) => {
      const to = join(folder, relative(root, path).replace(/\.ts$/, ".d.ts"));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, text);
      for (const [, name = ""] of text.matchAll(NAMES)) seen.add(join(dirname(path), name));
    };
    program.emit(program.getSourceFile(path), write, undefined, true);
  }
}
