/** Bundles the project with one file changed, and asks the program of it in a process of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { ran, type Changed } from "../children.ts";
import { pathOf, type Texts } from "../sources.ts";
import type { Asked } from "./child.ts";
import type { Notice } from "./noticed.ts";

async function bundled(folder: string, texts: Texts): Promise<string> {
  const bundle = await rolldown({
    input: { child: pathOf("bench/mutants/check/child.ts") },
    platform: "node",
    tsconfig: false,
    logLevel: "silent",
    plugins: [
      {
        name: "changed",
        load: (id) => (id in texts ? { code: texts[id]!, moduleType: "ts" } : undefined),
        transform: (code, id) =>
          code.includes("import.meta.url")
            ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
            : undefined,
      },
    ],
  });
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs" });
  await bundle.close();
  return join(folder, "child.mjs");
}

/** The first thing that is noticed of the change; null: nothing. `texts`: with the rounds of their loops counted. */
export async function noticedOf({ file, mutated }: Changed, texts: Texts, asked: Asked): Promise<Notice | null> {
  const folder = mkdtempSync(join(tmpdir(), "faultline-mutant-"));
  try {
    const child = await bundled(folder, { ...texts, [pathOf(file)]: mutated });
    const { code, stdout, stderr } = await ran([child], JSON.stringify(asked));
    if (code === 0) return JSON.parse(stdout) as Notice | null;
    // Machines that cannot even be made end the process before it asks anything.
    const what = /^\w*Error: .*$/m.exec(stderr)?.[0];
    if (what === undefined)
      throw new Error(`The process of a mutant ended with ${String(code)}:\n${stderr.slice(-2_000)}`);
    return { judge: "small", how: "throws", where: "every run", what };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
