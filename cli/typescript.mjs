/**
 * Lets this process import our TypeScript: `import "./typescript.mjs"`, or `node --import ./cli/typescript.mjs FILE.ts`.
 * Node from 22.18 on strips types by itself; for older ones the hooks beside this file do (decision 0003).
 */
import { register } from "node:module";

// Read through a plain record: Node 20 does not know the field, and neither do its types.
/** @type {Readonly<Record<string, unknown>>} */
const features = { ...process.features };

if (features["typescript"] === undefined || features["typescript"] === false) {
  register("./typescript-hooks.mjs", import.meta.url);
  process.setSourceMapsEnabled(true);
}
