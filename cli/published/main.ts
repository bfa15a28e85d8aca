/** Writes the JSON Schemas of our files into docs/schemas. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { schemas } from "./schemas.ts";

const DIRECTORY = fileURLToPath(new URL("../../docs/schemas/", import.meta.url));
mkdirSync(DIRECTORY, { recursive: true });
for (const [file, schema] of Object.entries(schemas()))
  writeFileSync(`${DIRECTORY}${file}`, `${JSON.stringify(schema, null, 2)}\n`);
