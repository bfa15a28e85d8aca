/**
 * What the explorer's worker loads: one system alone. The list of focused models becomes the one that the address of the
 * worker names, and the wiring of the whole path comes only with a system that needs it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "rolldown";

const STUDIES = "model/systems/studies/index.ts";
const WHOLE_PATH = "model/systems/compose.ts";
/** Behind the path of a module: the module itself, in whose place another one stands. */
const ITSELF = "?itself";

const ASKED = 'new URL(self.location.href).searchParams.get("system")';

/** The focused model that was asked for. */
function oneStudy(list: string): string {
  const files = [...list.matchAll(/from "(\.\/[^"]+\.ts)"/g)].map(({ 1: file = "" }) => file);
  const parts = files.map((file) => `${JSON.stringify(file.slice(2, -3))}: () => import(${JSON.stringify(file)})`);
  return `const parts = { ${parts.join(", ")} };
    const asked = ${ASKED};
    const found = Object.hasOwn(parts, asked) ? Object.values(await parts[asked]()) : [];
    export const studies = found.filter((one) => one.name === asked && one.compose);`;
}

const wholePath = (names: readonly string[]): string => `
    const isAsked = ${JSON.stringify(names)}.includes(${ASKED});
    const loaded = isAsked ? await import("./compose.ts${ITSELF}") : {};
    export const { pageFaultSystem, pageFaultWiring } = loaded;`;

/** `wholePathNames`: the systems that are no focused models. */
export const parts = (root: string, wholePathNames: readonly string[]): Plugin => ({
  name: "parts",
  resolveId: async function (source, importer) {
    if (importer?.endsWith(ITSELF)) return this.resolve(source, importer.slice(0, -ITSELF.length));
    if (!source.endsWith(ITSELF) || importer === undefined) return null;
    const found = await this.resolve(source.slice(0, -ITSELF.length), importer);
    return found && `${found.id}${ITSELF}`;
  },
  load: (id) => {
    if (id === join(root, STUDIES)) return { code: oneStudy(readFileSync(id, "utf8")), moduleType: "js" };
    if (id === join(root, WHOLE_PATH)) return { code: wholePath(wholePathNames), moduleType: "js" };
    if (id.endsWith(ITSELF)) return { code: readFileSync(id.slice(0, -ITSELF.length), "utf8"), moduleType: "ts" };
    return null;
  },
});
