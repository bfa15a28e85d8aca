/** `list`: everything that has a name, or an overview of what can be listed. */
import { expected } from "../../model/knobs.ts";
import { table, wrap, type Column } from "../../reports/table.ts";
import { unknownName, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Engine, Named, NamedKnob, NamedProperty } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { overview } from "./list-overview.ts";

const LIST_SCHEMA = "faultline-list/1";

type Rows = readonly (readonly string[])[];

const named = (kind: string, list: readonly Named[], width: number, says = "DESCRIPTION"): string =>
  table(
    [{ title: kind }, { title: says }],
    list.map(({ name, sentence }) => [name, sentence]),
    width,
  );

/** "page faults" for all of the six that look at it, the names of the focused models. */
function owners({ systems }: NamedKnob, { hosts }: Engine): string {
  if (systems.length === 0) return "no system yet";
  const studies = systems.filter((name) => hosts.some(({ system }) => system === name));
  return [...(studies.length < systems.length ? ["page faults"] : []), ...studies].join(", ");
}

/** Where ids such as K9, row 34 or "VFIO facts, I-28" can be looked up. */
const SOURCES = "\n\nWhat an id or a source says: faultline explain K9. All of them: docs/sources.md.";

/** "Source: K9: what answers a last request that overflow drops." An id is never alone. */
function sourceOf({ id }: NamedKnob, engine: Engine): string {
  if (id === "bound" || id === "ghost") return "A size of the search.";
  const said = engine.source(id);
  return `Source: ${id}${said === undefined ? "." : `: ${said}`}`;
}

function knobWords(knob: NamedKnob, engine: Engine): string {
  const { values, sentence } = knob;
  const isChoice = values.kind === "choice";
  return `${sentence}${isChoice ? "" : ` Values: ${expected(values)}.`} ${sourceOf(knob, engine)}`;
}

/** A line for each value of a choice. */
const valueLines = ({ values }: NamedKnob): readonly string[] =>
  values.kind === "choice" ? values.of.map((value) => `- ${value}: ${values.means[value]!}`) : [];

function designs({ hosts }: Engine, width: number, system?: string): string {
  const shown = hosts.filter((host) => system === undefined || (host.system || "page faults") === system);
  const rows = shown.map(({ name, system: of, sentence }) => [name, of || "page faults", sentence]);
  return table([{ title: "DESIGN" }, { title: "IN" }, { title: "DESCRIPTION" }], rows, width) + SOURCES;
}

const CLAIMS: readonly Column[] = [{ title: "PROPERTY" }, { title: "KIND" }, { title: "CLAIM" }];

const familyOf = ({ id }: NamedProperty): string => id.replace(/-\d+$/, "");

/** Each family after its legend. */
function claims(list: readonly NamedProperty[], { families }: Engine, width: number): string {
  const rows = list.flatMap((property, k): Rows => {
    const { id, name, kind, statement, source } = property;
    const row = [id, kind, `${name === undefined ? "" : `${name}: `}${statement} (${source})`];
    const family = familyOf(property);
    if (k > 0 && familyOf(list[k - 1]!) === family) return [row];
    const legend = families.find((one) => one.name === family);
    return [...(k > 0 ? [[]] : []), ...(legend ? [[family, "family", legend.sentence]] : []), row];
  });
  return table(CLAIMS, rows, width) + SOURCES;
}

const LISTS: { readonly [name: string]: (engine: Engine, width: number) => string } = {
  systems: ({ systems }, width) => named("SYSTEM", systems, width),
  cuts: ({ cuts }, width) =>
    named("SYSTEM", cuts, width, "WHERE THE FOCUSED MODEL ENDS, AND WHAT THAT HIDES") + SOURCES,
  designs,
  hardware: ({ hardware }, width) => named("HARDWARE", hardware, width),
  bounds: ({ bounds }, width) => named("BOUNDS", bounds, width),
  knobs: (engine, width) => {
    const rows: Rows = engine.knobs.map((knob) => {
      const { values } = knob;
      const values_ = values.kind === "choice" ? ` Values: ${values.of.join(", ")}.` : "";
      return [knob.name, owners(knob, engine), knobWords(knob, engine) + values_];
    });
    const columns = [{ title: "KNOB" }, { title: "IN", most: 24 }, { title: "DESCRIPTION" }];
    return `${table(columns, rows, width)}\n\nWhat the values of a knob mean: faultline explain KNOB.${SOURCES}`;
  },
  families: ({ families, properties }, width) => {
    const rows = families.map(({ name, sentence }) => [
      name,
      String(properties.filter((one) => familyOf(one) === name).length),
      sentence,
    ]);
    return table([{ title: "FAMILY" }, { title: "PROPERTIES", align: "right" }, { title: "ABOUT" }], rows, width);
  },
  properties: (engine, width) => claims(engine.properties, engine, width),
  scenarios: ({ scenarios }, width) =>
    table(
      [{ title: "SCENARIO" }, { title: "QUESTION" }],
      scenarios.map(({ name, sentence }) => [name, sentence]),
      width,
    ),
};

/** Names that were used before, and the list that is meant. */
const ALIASES: { readonly [name: string]: string } = { hosts: "designs", questions: "scenarios" };

/** The field of the engine that a list shows. */
const dataOf = (engine: Engine, name: string): unknown =>
  name === "designs" ? engine.hosts : engine[name as keyof Engine];

interface Part {
  readonly text: (width: number) => string;
  readonly data: { readonly [field: string]: unknown };
}

/** The knobs that one system looks at, with what they are when nothing is chosen. */
function knobsOf(engine: Engine, system: string): Part {
  const defaults = engine.defaults(system);
  const knobs = engine.knobs
    .filter(({ systems }) => systems.includes(system))
    .map((knob) => ({ ...knob, default: defaults[knob.name] ?? null }));
  const told = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const rows: Rows = knobs.flatMap((knob) => [
    [knob.name, told(knob.default), knobWords(knob, engine)],
    ...valueLines(knob).map((line) => ["", "", line]),
  ]);
  const columns = [{ title: "KNOB" }, { title: "DEFAULT" }, { title: "DESCRIPTION" }];
  const others = new Set(engine.knobs.map(({ name }) => name)).size - knobs.length;
  const which =
    `${system} looks at these knobs with some hardware, design or bounds, or with some value of a second knob. ` +
    `The other knobs (${others}) make no difference in it.`;
  return {
    text: (width) => `${table(columns, rows, width)}\n\n${wrap(which, width).join("\n")}${SOURCES}`,
    data: { system, knobs },
  };
}

/** The properties of an id, a short name, a family or a system. */
function propertiesOf(engine: Engine, word: string): Part {
  const { properties, families, systems } = engine;
  const isSame = (name: string | undefined): boolean => name?.toLowerCase() === word.toLowerCase();
  const one = properties.filter(({ id, name }) => isSame(id) || isSame(name));
  const ofFamily = properties.filter((property) => isSame(familyOf(property)));
  const isSystem = systems.some(({ name }) => name === word);
  if (one.length + ofFamily.length === 0 && !isSystem)
    throw unknownName("property, family or system", word, [
      ...families.map(({ name }) => name),
      ...properties.map(({ id }) => id),
      ...properties.flatMap(({ name }) => name ?? []),
      ...systems.map(({ name }) => name),
    ]);
  const claimed = isSystem ? new Set(engine.claimedIn(word)) : new Set<string>();
  const list = one.length > 0 ? one : ofFamily.length > 0 ? ofFamily : properties.filter(({ id }) => claimed.has(id));
  const where = isSystem ? `\n${word} is judged by these ${list.length}, in some run of the suite.` : "";
  return { text: (width) => claims(list, engine, width) + where, data: { of: word, properties: list } };
}

function designsOf(engine: Engine, system: string): Part {
  const own = engine.hosts.filter((host) => host.system === system);
  const list = own.length > 0 ? own : engine.hosts.filter((host) => host.system === "");
  const of = own.length > 0 ? system : "page faults";
  return { text: (width) => designs(engine, width, of), data: { system, designs: list } };
}

function partOf(engine: Engine, what: string, of: string): Part {
  if (what === "properties") return propertiesOf(engine, of);
  if (what !== "knobs" && what !== "designs")
    throw new UsageError(
      `list ${what} lists all of them, and takes no second word.`,
      "list knobs SYSTEM, list designs SYSTEM or list properties ID|FAMILY|SYSTEM",
    );
  const names = engine.systems.map(({ name }) => name);
  if (!names.includes(of)) throw unknownName("system", of, names);
  return what === "knobs" ? knobsOf(engine, of) : designsOf(engine, of);
}

export function list(
  engine: Engine,
  terminal: Terminal,
  named_: string | undefined,
  of: string | undefined,
  json: boolean,
): number {
  const names = Object.keys(LISTS);
  const what = named_ === undefined ? undefined : (ALIASES[named_] ?? named_);
  if (what !== undefined && !names.includes(what)) throw unknownName("list", what, names);
  const width = terminal.columns ?? 120;
  const told = (data: object): void => terminal.out(`${JSON.stringify({ schema: LIST_SCHEMA, ...data })}\n`);
  if (what !== undefined && of !== undefined) {
    const part = partOf(engine, what, of);
    if (json) told(part.data);
    else terminal.say(`${part.text(width)}\n`);
    return EXIT.asExpected;
  }
  if (json) {
    const wanted = what === undefined ? names : [what];
    told(Object.fromEntries(wanted.map((name) => [name === what ? named_! : name, dataOf(engine, name)])));
  } else if (what === undefined) terminal.say(overview(engine, terminal.columns ?? 80));
  else terminal.say(`${LISTS[what]!(engine, width)}\n`);
  return EXIT.asExpected;
}
