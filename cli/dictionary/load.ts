/** The dictionary of the project that this file lies in; made once, when it is asked for. */
import { readFileSync } from "node:fs";
import { indexOfNames, type NameIndex } from "../../scenarios/names/index-of-names.ts";
import { nameSources } from "../machine-files.ts";
import { dictionaryOf, type Dictionary } from "./dictionary.ts";
import { sourceFacts } from "./source-facts.ts";

let index: Promise<NameIndex> | undefined;
let made: Promise<Dictionary> | undefined;

/** The index of names, made once in a process: about two seconds. */
function nameIndex(): Promise<NameIndex> {
  index ??= nameSources().then(indexOfNames);
  return index;
}

export function dictionary(): Promise<Dictionary> {
  const glossary = readFileSync(new URL("../../docs/glossary.md", import.meta.url), "utf8");
  made ??= nameIndex().then((names) => dictionaryOf(names, glossary));
  return made;
}

/** What an id of docs/sources.md stands for: its first entry. */
export const sourceText = (id: string): string | undefined => sourceFacts().find((fact) => fact.id === id)?.text;
