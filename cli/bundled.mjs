/** Sources as one program of a few files of JavaScript: the bundle of a clone, and what is built for the package. */
import { join, relative } from "node:path";
import { rolldown } from "rolldown";

/** The module in whose place a bundle names all machines: what is imported by a computed path is in no bundle. */
const MACHINE_IMPORTS = "cli/machine-imports.ts";

/** How the names of files end. */
const ENDING = { cjs: "cjs", esm: "mjs" };

/**
 * The text in the place of MACHINE_IMPORTS.
 * @param {string} root
 * @param {readonly string[]} paths
 */
function machineImports(root, paths) {
  const machines = paths.filter((path) => path.startsWith("model/machines/"));
  const imports = machines.map((path, index) => `import * as m${index} from ${JSON.stringify(join(root, path))};`);
  const fields = machines.map((path, index) => `${JSON.stringify(path)}: m${index}`);
  return `${imports.join("\n")}\nconst files = { ${fields.join(", ")} };
    export const importMachine = (path) => Promise.resolve(files[path]);`;
}

/**
 * @typedef {object} Bundling
 * @property {string} folder where the files are written
 * @property {string} root of the project
 * @property {readonly string[]} paths of all sources, below the root
 * @property {Readonly<Record<string, string>>} input by name of the file: the path of its source
 * @property {readonly string[]} external packages that stay imports
 * @property {boolean} sourcemap
 * @property {"cjs" | "esm"} format
 * @property {(path: string) => string} placeOf the expression that stands for `import.meta.url` of a source
 */

/** Writes the files. @param {Bundling} bundling */
export async function bundled({ folder, root, paths, input, external, sourcemap, format, placeOf }) {
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, path]) => [name, join(root, path)])),
    external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
    platform: "node",
    tsconfig: false,
    logLevel: "silent",
    plugins: [
      {
        name: "places",
        load: (id) =>
          id === join(root, MACHINE_IMPORTS) ? { code: machineImports(root, paths), moduleType: "js" } : undefined,
        transform: (code, id) =>
          code.includes("import.meta.url")
            ? code.replaceAll("import.meta.url", () => placeOf(relative(root, id).replaceAll("\\", "/")))
            : undefined,
      },
    ],
  });
  await bundle.write({
    dir: folder,
    format,
    sourcemap,
    entryFileNames: `[name].${ENDING[format]}`,
    chunkFileNames: `[name]-[hash].${ENDING[format]}`,
  });
  await bundle.close();
}
