/** What the text of the module gives: bytes of WebAssembly, as a TypeScript file holds them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import wabt from "wabt";
import { NUMBERS } from "../../checker/explore/search/wasm/memory-map.ts";

export const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../checker/explore/search/wasm/${name}`, import.meta.url));

/** The text with a number in the place of each `@NAME`. Throws Error at a name that memory-map.ts does not have. */
export function numbered(text: string, numbers = NUMBERS): string {
  return text.replaceAll(/@([A-Z_]+)/g, (_, name: string) => {
    const number = numbers[name];
    if (number === undefined) throw new Error(`search.wat says @${name}, which memory-map.ts does not have.`);
    return String(number);
  });
}

export async function built(text = readFileSync(pathOf("search.wat"), "utf8")): Promise<string> {
  const assembler = await wabt();
  const module = assembler.parseWat("search.wat", numbered(text), { bulk_memory: true });
  module.validate();
  const bytes = Buffer.from(module.toBinary({}).buffer).toString("base64");
  return `/** What search.wat gives, by \`npm run wasm\`. */\nexport const BUILT =\n  "${bytes}";\n`;
}
