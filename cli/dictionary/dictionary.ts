/** Every word that `explain` knows, and what a user's word means. */
import { nearest } from "../../checker/nearest.ts";
import { parseKnob } from "../../model/knobs.ts";
import { allKnobs } from "../../properties/build.ts";
import type { NameIndex } from "../../scenarios/names/index-of-names.ts";
import { factsCitedIn } from "../../scenarios/names/cited-facts.ts";
import { nearFunctions } from "../../scenarios/names/near-functions.ts";
import { UsageError, unknownName } from "../errors.ts";
import { claimEntries } from "./claims.ts";
import { configurationEntries } from "./configurations.ts";
import { defectMeanings } from "./defects.ts";
import { factEntries } from "./facts.ts";
import { knobEntries, valueMeaning } from "./knobs.ts";
import type { Entry, Kind, Meaning } from "./meaning.ts";
import { partEntries } from "./parts.ts";
import { verdictEntries } from "./verdicts.ts";

/** What a word of several meanings most likely means comes first. */
const LIKELY: readonly Kind[] = [
  "property",
  "family",
  "verdict",
  "kind of claim",
  "value",
  "knob",
  "system",
  "design",
  "hardware",
  "bounds",
  "scenario",
  "defect",
  "function",
  "kernel file",
  "step",
  "message",
  "component",
  "role",
  "machine",
  "fact",
  "term",
];

export interface Dictionary {
  readonly entries: readonly Entry[];
  /** @throws UsageError for a word without a meaning, with the nearest names. */
  readonly look: (word: string) => readonly Meaning[];
}

/** Without brackets, and in the spelling of rows and sections: "row23" is "row 23". */
const plain = (word: string): string =>
  word
    .trim()
    .replace(/\(\)?$/, "")
    .replace(/^--?/, "")
    .replace(/^row\s*(\d+)$/i, "row $1")
    .replaceAll(/\s+/g, " ");

/** Meanings of a value of a knob, "core=6.12", in each system that has the knob. */
function valuesNamed(word: string, index: NameIndex): readonly Meaning[] | undefined {
  const [, name = "", text] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (text === undefined) return undefined;
  const knobs = allKnobs.filter((knob) => knob.name === name);
  if (knobs.length === 0) throw unknownName("knob", name, [...new Set(allKnobs.map((knob) => knob.name))]);
  const parsed = knobs.map((knob) => ({ knob, value: parseKnob({ [name]: knob }, name, text) }));
  const good = parsed.flatMap(({ knob, value }) => (value.ok ? [valueMeaning(knob, value.value, index)] : []));
  const [first] = parsed;
  if (good.length === 0 && first && !first.value.ok) throw new UsageError(first.value.error);
  return good;
}

/** With what the ids of facts say that its details cite: an id alone says nothing to a reader. */
function withFacts(meaning: Meaning, { facts }: NameIndex): Meaning {
  const { means, source = "", details, name } = meaning;
  const cited = factsCitedIn([means, ...details.flatMap(({ items }) => items)].join("\n"), facts);
  const items = [...cited].flatMap(([id, text]) =>
    id === name || [source, ...details.flatMap((one) => one.items)].some((one) => one.includes(`${id}: `))
      ? []
      : [`${id}: ${text}`],
  );
  return items.length === 0 ? meaning : { ...meaning, details: [...details, { title: "What the ids say", items }] };
}

/** Names that somebody can have meant: what kernel developers did not name comes first. */
function unknownWord(word: string, entries: readonly Entry[], index: NameIndex): UsageError {
  const near = (list: readonly Entry[]): readonly string[] =>
    nearest(word.slice(0, 200), [...new Set(list.flatMap(({ names }) => names))]);
  const own = near(entries.filter(({ kind }) => kind !== "function" && kind !== "kernel file"));
  const kernel = nearFunctions(word, index.functions);
  const looksLikeKernel = /_/.test(word);
  const names = [...new Set(looksLikeKernel ? [...kernel, ...own] : [...own, ...kernel])].slice(0, 8);
  const shown = word.length > 200 ? `${word.slice(0, 200)} ...` : word;
  return new UsageError(
    `there is no meaning of "${shown}".`,
    "a name that faultline list shows, or a kernel function",
    names,
  );
}

export function dictionaryOf(index: NameIndex, glossary: string): Dictionary {
  const entries = [
    ...claimEntries(index),
    ...verdictEntries,
    ...knobEntries(index),
    ...configurationEntries(index),
    ...partEntries(index),
    ...defectMeanings(),
    ...factEntries(index, glossary),
  ];
  const exact = new Map<string, Entry[]>();
  const folded = new Map<string, Entry[]>();
  for (const entry of entries)
    for (const name of new Set(entry.names))
      for (const [map, key] of [
        [exact, name],
        [folded, name.toLowerCase()],
      ] as const) {
        const list = map.get(key) ?? [];
        if (!list.includes(entry)) list.push(entry);
        map.set(key, list);
      }
  const look = (word: string): readonly Meaning[] => {
    const values = valuesNamed(word.trim(), index);
    if (values) return values.map((one) => withFacts(one, index));
    const name = plain(word);
    const found = exact.get(word.trim()) ?? exact.get(name) ?? folded.get(name.toLowerCase());
    if (!found) throw unknownWord(name, entries, index);
    return [...found]
      .sort((a, b) => LIKELY.indexOf(a.kind) - LIKELY.indexOf(b.kind))
      .map(({ tell }) => withFacts(tell(), index));
  };
  return { entries, look };
}
