/** Properties and families. */
import type { Property } from "../../checker/property.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import { families, familyOf } from "../../properties/catalogue/families.ts";
import { departures } from "../../properties/departures/index.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import { scenariosAbout, type NameIndex } from "../../scenarios/names/index-of-names.ts";
import { asks, checks, details, smallSuite, sourceWords, unique, type Entry, type Meaning } from "./meaning.ts";
import { KINDS_OF_CLAIM } from "./verdicts.ts";

const settings = (set: { readonly [knob: string]: unknown }): string =>
  Object.entries(set)
    .map(([knob, value]) => `${knob}=${Array.isArray(value) ? value.join(",") : String(value)}`)
    .join(" ");

/** "UNM-3 (no-lost-response): sentence"; without a name where it has none. */
export const claimWords = ({ id, name, statement }: Pick<Property, "id" | "name" | "statement">): string =>
  `${id}${name === undefined ? "" : ` (${name})`}: ${statement}`;

const byId = (id: string): Property | undefined => catalogue.find((property) => property.id === id);

/** "type1-unmap, design linux-6.1.192, linux-6.12.117: reason": each reason once. */
function knownWords(id: string, runs: readonly SuiteRun[]): readonly string[] {
  const reasons = unique(runs.map(({ system, known }) => `${system}\n${known[id]!}`));
  return reasons.map((key) => {
    const [system = "", reason = ""] = key.split("\n");
    const designs = unique(
      runs.flatMap((run) => (run.system === system && run.known[id] === reason ? [run.host] : [])),
    );
    return `${system}, ${designs.length === 1 ? "design" : "designs"} ${designs.join(", ")}: ${reason}`;
  });
}

function propertyMeaning(property: Property, { claimedIn, facts }: NameIndex): Meaning {
  const { id, name, kind, statement, source, reads, witness } = property;
  const systems = claimedIn.get(id) ?? [];
  const defects = departures.filter(({ breaks }) => breaks.includes(id));
  const known = smallSuite.filter((run) => Object.hasOwn(run.known, id));
  const runs = smallSuite.filter(({ system }) => systems.includes(system));
  const questions = scenariosAbout(id);
  const shown = questions.flatMap((one) => one.runs.filter(({ expect }) => Object.hasOwn(expect, id)));
  return {
    kind: "property",
    name: name === undefined ? id : `${id} (${name})`,
    means: statement,
    source: sourceWords(`${source.document}, ${source.clause}`, facts),
    details: details(
      ["Kind", [`${kind}: ${KINDS_OF_CLAIM[kind]}`]],
      ["Shown not to be vacuous by", witness === undefined ? [] : [claimWords(byId(witness)!)]],
      ["Witness of", catalogue.filter((one) => one.witness === id).map(claimWords)],
      [
        "Reads the roles",
        [
          unique(Object.values(reads).map(({ role }) => role))
            .filter(Boolean)
            .join(", "),
        ].filter(Boolean),
      ],
      ["Judged in", systems.length > 0 ? [systems.join(", ")] : []],
      ["Known to be violated in", knownWords(id, known)],
      [
        "Broken by",
        unique(defects.map(({ when, reason, shown: { system } }) => `${settings(when)} (${system}): ${reason}`)),
      ],
      ["Questions", questions.map((one) => `${one.id}: ${one.question}`)],
    ),
    commands: [
      ...checks([
        ...known,
        ...defects.map((one) => one.shown),
        ...runs.filter(({ set }) => Object.keys(set).length === 0),
        ...shown.map(({ request }) => request),
      ]).slice(0, 1),
      ...questions.slice(0, 1).map((one) => asks(one.id)),
      `npx faultline list properties ${familyOf(id)}`,
    ].sort((a, b) => Number(b.includes(" list ")) - Number(a.includes(" list "))),
  };
}

function familyMeaning(family: string, { claimedIn }: NameIndex): Meaning {
  const members = catalogue.filter(({ id }) => familyOf(id) === family);
  const systems = unique(members.flatMap(({ id }) => claimedIn.get(id) ?? []));
  const run = smallSuite.find(({ system }) => systems.includes(system));
  return {
    kind: "family",
    name: family,
    means: `A family of ${members.length} properties: ${families[family]!}.`,
    details: details(["Judged in", [systems.join(", ")]], ["Properties", members.map(claimWords)]),
    commands: [`npx faultline list properties ${family}`, ...checks(run ? [run] : [])],
  };
}

export const claimEntries = (index: NameIndex): readonly Entry[] => [
  ...catalogue.map((property): Entry => ({
    kind: "property",
    names: [property.id, ...(property.name === undefined ? [] : [property.name])],
    tell: () => propertyMeaning(property, index),
  })),
  ...Object.keys(families).map((family): Entry => ({
    kind: "family",
    names: [family],
    tell: () => familyMeaning(family, index),
  })),
];
