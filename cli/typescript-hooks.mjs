/** A module loader hook that removes types, file by file and in memory: nothing is built, so nothing can be stale. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { transformSync } from "rolldown/utils";

/** Texts in the place of files, by path. @type {Readonly<Record<string, string>>} */
let texts = {};

/**
 * `initialize` of Node's module hooks. Who tries changed sources gives their texts.
 * @type {import("node:module").InitializeHook<{ texts: Readonly<Record<string, string>> } | undefined>}
 */
export const initialize = (data) => {
  texts = data?.texts ?? {};
};

/**
 * `resolve` of Node's module hooks. A relative name of a TypeScript file is its path: nothing has to be looked for.
 * @type {import("node:module").ResolveHook}
 */
export const resolve = (specifier, context, nextResolve) => {
  if (context.parentURL === undefined || !/^\.\.?\/.*\.ts$/.test(specifier)) return nextResolve(specifier, context);
  return { url: new URL(specifier, context.parentURL).href, format: "module", shortCircuit: true };
};

/**
 * `load` of Node's module hooks.
 * @type {import("node:module").LoadHook}
 * @throws {SyntaxError} with file and reason, when the file cannot be parsed
 */
export const load = async (url, context, nextLoad) => {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const text = texts[path] ?? readFileSync(path, "utf8");
  const { code, map, errors } = transformSync(path, text, { sourcemap: true, tsconfig: false });
  const error = errors[0];
  if (error) throw new SyntaxError(`${path}: ${stripVTControlCharacters(error.message)}`);
  // Without the text itself: a stack trace needs only the lines, and each start would have to read the text again.
  const lines = JSON.stringify({ ...map, sourcesContent: undefined });
  const encoded = Buffer.from(lines).toString("base64");
  const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
  return { format: "module", shortCircuit: true, source };
};
