/** Ids under which sources are cited, and the words of the glossary. */
import type { Property } from "../../checker/property.ts";
import { allKnobs, defaultsOf } from "../../properties/build.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import { familyOf } from "../../properties/catalogue/families.ts";
import type { Fact, NameIndex } from "../../scenarios/names/index-of-names.ts";
import { once } from "../../scenarios/names/once.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { rows } from "../../scenarios/thread/index.ts";
import { claimWords } from "./claims.ts";
import { runsWith } from "./knobs.ts";
import { asks, checks, details, idsCitedIn, sentence, unique, type Entry, type Meaning } from "./meaning.ts";

/** The name of a list as sources cite it. */
const LISTS = ["hardware facts", "IOPF core facts", "VFIO facts"];

/** Whether a source that cites the id means this entry: an id may be in two lists. */
function isMeant(document: string, { under: [list = ""] }: Fact): boolean {
  return !LISTS.includes(document) || document.toLowerCase() === list.toLowerCase();
}

/** By id: who cites it. Read once: there are some hundred ids, and each text is looked at once for all of them. */
function citing<Item>(items: readonly Item[], textOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) for (const id of idsCitedIn(textOf(item))) found.set(id, [...(found.get(id) ?? []), item]);
  return found;
}

/** A bare section, "1.2", is one of the list that its source cites. */
const sourceText = ({ statement, source: { document, clause } }: Property): string => {
  const list = document === "IOPF core facts" ? "iopf-core" : document;
  const sections = (clause.match(/\b\d\.\d+/g) ?? []).map((section) => `${list} ${section}`);
  return [`${list}, ${clause}`, ...sections, statement].join("; ");
};

const propertiesCiting = once(() => citing(catalogue, sourceText));
const knobsCiting = once(() => citing(allKnobs, ({ id, sentence: words }) => `${id} ${words}`));
const questionsCiting = once(() =>
  citing(scenarios, ({ rows, askedBy, answer, evidence }) =>
    [...rows.map((row) => `row ${row}`), askedBy, answer, "where" in evidence ? evidence.where : ""].join("; "),
  ),
);

function factMeaning(fact: Fact, { machines }: NameIndex): Meaning {
  const { id, text, under } = fact;
  const properties = (propertiesCiting().get(id) ?? []).filter(({ source }) => isMeant(source.document, fact));
  const answered = rows.find(({ row }) => id === `row ${row}`);
  const knobs = knobsCiting().get(id) ?? [];
  const questions = questionsCiting().get(id) ?? [];
  const machinesCiting = machines.filter(({ cited }) => cited.includes(id));
  const systems = unique([
    ...knobs.flatMap((one) => one.systems),
    ...machinesCiting.flatMap(({ uses }) => uses.map(({ system }) => system)),
  ]);
  const run = systems.slice(0, 1).map((system) => ({ system, ...defaultsOf(system), bounds: "small", set: {} }));
  return {
    kind: "fact",
    name: id,
    means: sentence(text),
    source: answered ? "docs/thread.md." : `docs/sources.md, ${under.join(", ")}.`,
    details: details(
      ["Answer", answered ? [answered.answer ?? answered.because ?? ""].filter(Boolean) : []],
      ["Properties", properties.map(claimWords)],
      ["Knobs", unique(knobs.map(({ name, sentence: words }) => `${name}: ${words}`))],
      ["Questions", questions.map((one) => `${one.id}: ${one.question}`)],
      ["Machines", unique(machinesCiting.map(({ file, id: machine }) => file ?? machine))],
    ),
    commands: [
      ...properties.slice(0, 1).map((one) => `npx faultline list properties ${familyOf(one.id)}`),
      ...checks([...knobs.filter((one) => one.id === id).flatMap((one) => runsWith(one)), ...run]).slice(0, 1),
      ...questions.slice(0, 1).map((one) => asks(one.id)),
      ...(properties.length + run.length + questions.length === 0
        ? [answered ? `grep -n '${id}' docs/thread.md` : `grep -n '^- ${id}:' docs/sources.md`]
        : []),
    ],
  };
}

interface Term {
  readonly names: readonly string[];
  readonly text: string;
}

/** The entries of docs/glossary.md: "**ATC** (address translation cache): the cache ...". */
function termsOf(glossary: string): readonly Term[] {
  return glossary.split(/\n\n+/).flatMap((paragraph) => {
    const [, head, more = "", text] = /^\*\*([^*]+)\*\*([^:]*):\s+([\s\S]+)$/.exec(paragraph.trim()) ?? [];
    if (head === undefined || text === undefined) return [];
    const others = more.match(/[A-Za-z][\w -]+/g) ?? [];
    const plain = text.replaceAll(/\s+/g, " ").replaceAll(/[*`]/g, "");
    const names = [head, ...head.split(/, | or /), ...others.map((name) => name.replace(/^or /, ""))];
    return [
      {
        names: unique(names.map((name) => name.replaceAll("`", "").trim()).filter((name) => name.length > 1)),
        text: plain,
      },
    ];
  });
}

const termEntry = ({ names, text }: Term): Entry => ({
  kind: "term",
  names,
  tell: () => ({
    kind: "term",
    name: names[0]!,
    means: sentence(text),
    source: "docs/glossary.md.",
    details: [],
    commands: [`grep -n '${names[0]!.replaceAll("'", ".")}' docs/glossary.md`],
  }),
});

export const factEntries = (index: NameIndex, glossary: string): readonly Entry[] => [
  ...index.facts.map((fact): Entry => ({ kind: "fact", names: [fact.id], tell: () => factMeaning(fact, index) })),
  ...termsOf(glossary).map(termEntry),
];
