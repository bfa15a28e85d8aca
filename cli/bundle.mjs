/**
 * One bundle of the program, kept under the hash of everything that it is made from: starting from it takes a quarter of the
 * time. A changed file has another hash, so that a bundle is never older than the sources (decision 0023).
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
/** Folders that the program imports from. */
const FOLDERS = ["checker", "cli", "model", "properties", "reports", "scenarios"];
/** The packages that are installed; the first is written by each installation. */
const PACKAGES = ["node_modules/.package-lock.json", "package.json"];
/** Bundles of former sources that are kept: a process that runs may still load parts of one. */
const KEPT = 3;
/** The module in whose place a bundle names all machines: what is imported by a computed path is in no bundle. */
const MACHINE_IMPORTS = "cli/machine-imports.ts";

/** @param {string} path */
const isSource = (path) => /\.(ts|mjs)$/.test(path) && !path.endsWith(".test.ts");

/**
 * Paths below the project, ascending.
 * @param {string} root
 */
const sourcesOf = (root) =>
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
 * The text in the place of MACHINE_IMPORTS.
 * @param {string} root
 */
function machineImports(root) {
  const paths = sourcesOf(root).filter((path) => path.startsWith("model/machines/"));
  const imports = paths.map((path, index) => `import * as m${index} from ${JSON.stringify(join(root, path))};`);
  const fields = paths.map((path, index) => `${JSON.stringify(path)}: m${index}`);
  return `${imports.join("\n")}\nconst files = { ${fields.join(", ")} };
    export const importMachine = (path) => Promise.resolve(files[path]);`;
}

/**
 * Writes the bundle into the folder.
 * @param {string} folder
 * @param {string} root
 */
async function write(folder, root) {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: { main: join(root, "cli/main.ts"), perform: join(root, "cli/jobs/perform.ts") },
    // It starts threads from files beside its own.
    external: ["piscina"],
    platform: "node",
    tsconfig: false,
    logLevel: "silent",
    plugins: [
      {
        name: "places",
        load: (id) =>
          id === join(root, MACHINE_IMPORTS) ? { code: machineImports(root), moduleType: "js" } : undefined,
        // What lies beside a source is read from there, and not from beside the bundle.
        transform: (code, id) =>
          code.includes("import.meta.url")
            ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
            : undefined,
      },
    ],
  });
  await bundle.write({
    dir: folder,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
  });
  await bundle.close();
}

/**
 * All but the last bundles, oldest first.
 * @param {string} cache
 * @param {string} own
 */
function removeOld(cache, own) {
  const others = readdirSync(cache)
    .filter((name) => name !== own)
    .map((name) => ({ name, time: statSync(join(cache, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { name } of others.slice(KEPT)) rmSync(join(cache, name), { recursive: true, force: true });
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
  if (!existsSync(folder)) {
    /** @type {string | undefined} */
    let made;
    try {
      mkdirSync(cache, { recursive: true });
      made = mkdtempSync(join(cache, "making-"));
      await write(made, root);
      renameSync(made, folder);
      removeOld(cache, basename(folder));
    } catch {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      // Another process may have been first.
      if (!existsSync(folder)) return undefined;
    }
  }
  return pathToFileURL(join(folder, "main.mjs")).href;
}
