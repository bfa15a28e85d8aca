/** The explorer as files that any web server can serve, from any path. Made where the sources are, and for the package. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown, type Plugin } from "rolldown";
import { STYLE } from "../../reports/page/style.ts";
import { systems } from "../../model/systems/systems.ts";
import { parts } from "./parts.ts";
import type { Files } from "./serve.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

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

/** What a browser does not have is a mistake, and no import that fails there. */
const noNode: Plugin = {
  name: "no-node",
  resolveId: (source, importer) => {
    if (source.startsWith("node:")) throw new Error(`${importer} imports ${source}, which no browser has.`);
    return null;
  },
};

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
  return new Map([
    ["index.html", Buffer.from(read("index.html"))],
    ["explorer.css", Buffer.from(STYLE + read("look.css"))],
    ...output.map((one) => [one.fileName, Buffer.from(one.type === "chunk" ? one.code : one.source)] as const),
  ]);
}
