/** The explorer as files that any web server can serve, from any path. Made where the sources are, and for the package. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown, type Plugin } from "rolldown";
import { STYLE } from "../../reports/page/style.ts";
import { systems } from "../../model/systems/systems.ts";
import { parts } from "./parts.ts";
import { regressionItems } from "./regressions.ts";
import type { Files } from "./serve.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const regressions = join(root, "scenarios/regressions");
/** Where index.html has them. */
const REGRESSIONS = "<!-- regressions -->";

/** Modules of explorer/frozen are evaluated here, and what they export stands in their place. */
const frozen: Plugin = {
  name: "frozen",
  load: async (id) => {
    if (!relative(root, id).startsWith("explorer/frozen/")) return null;
    const exported = (await import(pathToFileURL(id).href)) as { readonly [name: string]: unknown };
    const lines = Object.entries(exported).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
    return { code: lines.join("\n"), moduleType: "js" };
  },
};

const WRITES_SCHEMAS = /\/zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/;

/** zod reads files in the page and writes no JSON Schema there: what would write one is left out, a tenth of what is loaded. */
const noSchemas: Plugin = {
  name: "no-schemas",
  load: (id) => {
    if (!WRITES_SCHEMAS.test(id)) return null;
    const names = readFileSync(id, "utf8").matchAll(/^export (?:const|function|class) (\w+)/gm);
    return [...names].map(([, name]) => `export const ${name} = () => undefined;`).join("\n");
  },
};

/** What a browser does not have is a mistake, and no import that fails there. */
const noNode: Plugin = {
  name: "no-node",
  resolveId: (source, importer) => {
    if (source.startsWith("node:")) throw new Error(`${importer} imports ${source}, which no browser has.`);
    return null;
  },
};

/** The licences of the packages that a browser gets with the page: each asks that its text goes along. */
function licences(modules: readonly string[]): string {
  const packages = modules.flatMap((id) => {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(packages)]
    .sort()
    .map((folder) => {
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      if (file === undefined) throw new Error(`${folder} has no file with its licence.`);
      return `${relative(join(root, "node_modules"), folder)}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join("\n----\n\n");
}

/** The files of the explorer, by name. */
export async function explorerFiles(): Promise<Files> {
  const bundle = await rolldown({
    input: { page: join(root, "explorer/page/main.ts"), worker: join(root, "explorer/worker/main.ts") },
    platform: "browser",
    tsconfig: false,
    logLevel: "silent",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    plugins: [
      noNode,
      frozen,
      noSchemas,
      parts(
        root,
        systems.map(({ name }) => name),
      ),
    ],
  });
  const { output } = await bundle.generate({
    format: "esm",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await bundle.close();
  const read = (name: string): string => readFileSync(join(root, "explorer/page", name), "utf8");
  const modules = output.flatMap((one) => (one.type === "chunk" ? one.moduleIds : []));
  return new Map([
    ["licences.txt", Buffer.from(licences(modules))],
    ["index.html", Buffer.from(read("index.html").replace(REGRESSIONS, () => regressionItems(regressions)))],
    ["explorer.css", Buffer.from(STYLE + read("look.css"))],
    ...output.map((one) => [one.fileName, Buffer.from(one.type === "chunk" ? one.code : one.source)] as const),
  ]);
}
