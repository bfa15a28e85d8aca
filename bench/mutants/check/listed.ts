/**
 * Why nothing notices that a step of a list was dropped, or two were swapped: `npm run steps` asks the same of each list, and
 * bench/steps/unnoticed.ts has the reasons.
 */
import ts from "typescript";
import { TABLES } from "../../steps/tables.ts";
import { isOfDesign } from "../../steps/noticed.ts";
import { reasonFor } from "../../steps/unnoticed.ts";
import type { Mutant } from "../mutants.ts";
import { pathOf, textOf } from "../sources.ts";

interface Place {
  /** The constant that has the lists, and the name of the changed one. */
  readonly table: string;
  readonly order: string;
}

/** undefined: what is changed is no list of a table. */
function placeOf({ file, start }: Mutant): Place | undefined {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
  let table: string | undefined;
  let order: string | undefined;
  const walk = (node: ts.Node): void => {
    if (start < node.getStart(source) || start >= node.end) return;
    if (ts.isVariableDeclaration(node)) table = node.name.getText(source);
    if (ts.isPropertyAssignment(node)) order = node.name.getText(source).replaceAll(/["']/g, "");
    ts.forEachChild(node, walk);
  };
  walk(source);
  return table === undefined || order === undefined ? undefined : { table, order };
}

const OF_DEFECT = "only a deliberate defect takes this list of steps, and breaks what it is there for all the same";

/** The reason that is listed; undefined: none is. */
export async function listedReason(mutant: Mutant): Promise<string | undefined> {
  const place = mutant.operator === "list" ? placeOf(mutant) : undefined;
  if (!place) return undefined;
  const exported = (await import(pathOf(mutant.file))) as { readonly [name: string]: unknown };
  const knobs = TABLES.filter(({ lists }) => lists === exported[place.table]).map(({ knob }) => knob);
  if (knobs.length === 0) return undefined;
  const { order } = place;
  if (!knobs.some((knob) => isOfDesign({ knob, order }))) return OF_DEFECT;
  const words = mutant.words.replace(" comes before ", " before ");
  return knobs.map((knob) => reasonFor({ knob, order, words })).find((why) => why !== undefined);
}
