/** How tests of `impact` come by a record: the index of the project, and patches that they write. */
import { readFileSync } from "node:fs";
import { impactText } from "../../reports/impact-text.ts";
import type { ImpactRecord } from "../../reports/impact.ts";
import { indexOfNames } from "../../scenarios/names/index-of-names.ts";
import { nameSources } from "../machine-files.ts";
import { patchesIn } from "../patch/mails.ts";
import type { StatesOf } from "./commands-for.ts";
import { impactOf } from "./impact-of.ts";
import { touchedBy } from "./touched.ts";

const sources = await nameSources();
export const index = indexOfNames(sources);

export async function impactOfPatch(text: string | Buffer): Promise<ImpactRecord> {
  const patches = await patchesIn(Buffer.from(text));
  return impactOf(index, sources.files, {
    patches: patches.map(({ title, kind, damage, files }) => ({
      title,
      kind,
      damage,
      files: files.map(({ path }) => path),
    })),
    files: touchedBy(patches),
    functions: [],
  });
}

export const named = (...functions: readonly string[]): ImpactRecord =>
  impactOf(index, sources.files, { patches: [], files: [], functions });
export const counted = (name: string, statesOf: StatesOf): ImpactRecord =>
  impactOf(index, sources.files, { patches: [], files: [], functions: [name] }, statesOf);
export const fixture = (name: string): Promise<ImpactRecord> =>
  impactOfPatch(readFileSync(new URL(`../patch/fixtures/${name}`, import.meta.url)));

/** A patch that adds one line to the function. */
export const changing = (file: string, heading: string, line = "example();"): string =>
  `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,3 @@ ${heading}\n \tbegin();\n+\t${line}\n \tend();\n`;

export const firstLine = (record: ImpactRecord): string => impactText(record).split("\n")[0]!;
