/** `npm run explorer:build [FOLDER]`: the files of the explorer, written into a folder, from which any web server can serve them. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explorerFiles } from "./build.ts";

const folder = process.argv[2] ?? "reports/out/explorer";
const files = await explorerFiles();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, content] of files) writeFileSync(join(folder, name), content);
console.log(`The explorer is in ${folder}: any web server can serve it, from any path.`);
