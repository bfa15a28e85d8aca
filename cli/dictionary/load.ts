/** The dictionary of the project that this file lies in; made once, when it is asked for. */
import { readFileSync } from "node:fs";
import { factsOf, rowFacts } from "../../scenarios/names/facts.ts";
import { indexOfNames, type Fact, type NameIndex } from "../../scenarios/names/index-of-names.ts";
import { nameSources } from "../machine-files.ts";
import { dictionaryOf, type Dictionary } from "./dictionary.ts";

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

let facts: readonly Fact[] | undefined;

/** What an id of docs/sources.md stands for: its first entry. */
export function sourceText(id: string): string | undefined {
  facts ??= [...factsOf(readFileSync(new URL("../../docs/sources.md", import.meta.url), "utf8")), ...rowFacts];
  return facts.find((fact) => fact.id === id)?.text;
}
