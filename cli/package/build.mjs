/**
 * `npm pack` runs this first (prepack): dist/ with the program and the libraries in plain JavaScript, which Node also runs
 * below node_modules, and their types. Nothing in a clone reads dist/ (decision 0034).
 */
import "../typescript.mjs";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commitOf, modelHash, sourcesOf } from "../bundle.mjs";
import { bundled } from "../bundled.mjs";
import { writeDeclarations } from "./declarations.mjs";
import { LIBRARIES } from "./entries.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
await bundled({
  folder: dist,
  root,
  paths: sourcesOf(root),
  input: { main: "cli/main.ts", perform: "cli/jobs/perform.ts", ...LIBRARIES },
  external: Object.keys(dependencies),
  sourcemap: false,
  format: "esm",
  // The package has the files that are read beside sources, where the clone has them.
  placeOf: (path) => `new URL(${JSON.stringify(`../${path}`)}, import.meta.url).href`,
});
writeDeclarations(root, join(dist, "types"), Object.values(LIBRARIES));
mkdirSync(join(dist, "explorer"));
const { explorerFiles } = await import("../explorer/build.ts");
for (const [name, content] of await explorerFiles()) writeFileSync(join(dist, "explorer", name), content);
const commit = commitOf(root);
const built = { ...(commit !== undefined && { commit }), model: modelHash(root) };
writeFileSync(join(dist, "built.json"), `${JSON.stringify(built)}\n`);
