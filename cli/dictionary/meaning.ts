/** What a word means: plain data, which `explain` tells as text or as JSON. */
import { checkCommand } from "../../reports/lost.ts";
import { contradiction, type Request } from "../../properties/build.ts";
import { suite } from "../../properties/suite.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import { idsCitedIn } from "../../scenarios/names/facts.ts";
import type { Fact, NameIndex } from "../../scenarios/names/index-of-names.ts";

export { idsCitedIn };

export type Kind =
  | "property"
  | "family"
  | "knob"
  | "value"
  | "system"
  | "design"
  | "hardware"
  | "bounds"
  | "scenario"
  | "defect"
  | "verdict"
  | "kind of claim"
  | "step"
  | "message"
  | "component"
  | "role"
  | "machine"
  | "function"
  | "kernel file"
  | "fact"
  | "term";

export interface Detail {
  /** "Read by", "Known to break". */
  readonly title: string;
  readonly items: readonly string[];
}

export interface Meaning {
  readonly kind: Kind;
  readonly name: string;
  /** One plain sentence. */
  readonly means: string;
  readonly source?: string;
  readonly details: readonly Detail[];
  /** Commands that show it, the cheapest first. */
  readonly commands: readonly string[];
}

/** A word of the dictionary. What it means is put together when somebody asks. */
export interface Entry {
  readonly kind: Kind;
  /** The first is its name; the others mean the same. */
  readonly names: readonly string[];
  readonly tell: () => Meaning;
}

/** Without details that have nothing to say. */
export const details = (...all: readonly (readonly [title: string, items: readonly string[]])[]): readonly Detail[] =>
  all.filter(([, items]) => items.length > 0).map(([title, items]) => ({ title, items }));

/** The runs of the suite at small bounds. */
export const smallSuite: readonly SuiteRun[] = suite("small");

export const unique = <Item>(items: Iterable<Item>): readonly Item[] => [...new Set(items)];

/** The text as a sentence: it begins with a capital and ends with a full stop. */
export function sentence(text: string): string {
  const whole = text.trim();
  // Names of functions, files and knobs keep their spelling.
  const begins = /^[a-z]+(?=[ ,])/.test(whole) ? whole.charAt(0).toUpperCase() + whole.slice(1) : whole;
  return /[.?!]$/.test(begins) ? begins : `${begins}.`;
}

/** The command that makes the run, where it can be built. */
export const checks = (requests: readonly Request[]): readonly string[] =>
  unique(requests.filter((request) => contradiction(request) === undefined).map(checkCommand)).slice(0, 2);

export const asks = (scenario: string): string => `npx faultline scenarios ${scenario}`;

/** "VFIO facts, I-38" with what I-38 says. */
export function sourceWords(source: string, facts: readonly Fact[]): string {
  const cited = idsCitedIn(source.replace(/\bIOPF core facts,? (?=\d)/g, "iopf-core "));
  const said = cited.flatMap((id) => facts.filter((fact) => fact.id === id && listedIn(source, fact)).slice(0, 1));
  const words = said.slice(0, 3).map(({ id, text }) => (cited.length > 1 ? `${id}: ${text}` : text));
  return words.length === 0 ? `${source}.` : `${source}: ${words.join(" ")}`;
}

/** An id may be in two lists; a source that names its list means that one. */
function listedIn(source: string, { under: [list = ""] }: Fact): boolean {
  const named = ["hardware facts", "IOPF core facts", "VFIO facts"].find((one) => source.includes(one));
  return named === undefined || list.toLowerCase() === named.toLowerCase() || list === "";
}

/** "machine page-release (model/machines/...)": as lists of machines name it. */
export const machineWords = ({ id, file, text }: NameIndex["machines"][number]): string =>
  `${file ?? id}${text === undefined ? "" : `: ${text}`}`;
