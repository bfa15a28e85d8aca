/** `list`: everything that has a name. */
import { expected } from "../../model/knobs.ts";
import { table, wrap } from "../../reports/table.ts";
import { unknownName, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Engine, Named, NamedKnob } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

const LIST_SCHEMA = "faultline-list/1";

type Rows = readonly (readonly string[])[];

const named = (kind: string, list: readonly Named[], width: number): string =>
  table(
    [{ title: kind }, { title: "WHAT IT IS" }],
    list.map(({ name, sentence }) => [name, sentence]),
    width,
  );

/** "page faults" for all of the six that look at it, the names of the studies. */
function owners({ systems }: NamedKnob, { hosts }: Engine): string {
  if (systems.length === 0) return "nothing yet";
  const studies = systems.filter((name) => hosts.some(({ system }) => system === name));
  return [...(studies.length < systems.length ? ["page faults"] : []), ...studies].join(", ");
}

/** Where ids such as K9, row 34 or "VFIO facts, I-28" can be looked up. */
const SOURCES = "\n\nWhat ids and sources stand for: docs/sources.md.";

const knobWords = ({ values, sentence }: NamedKnob): string => `${sentence} Values: ${expected(values)}.`;

const LISTS: { readonly [name: string]: (engine: Engine, width: number) => string } = {
  systems: ({ systems }, width) => named("SYSTEM", systems, width),
  hardware: ({ hardware }, width) => named("HARDWARE", hardware, width),
  hosts: ({ hosts }, width) =>
    table(
      [{ title: "HOST" }, { title: "IN" }, { title: "WHAT IT IS" }],
      hosts.map(({ name, system, sentence }) => [name, system || "page faults", sentence]),
      width,
    ),
  cuts: ({ cuts }, width) => named("SYSTEM", cuts, width),
  bounds: ({ bounds }, width) => named("BOUNDS", bounds, width),
  knobs: (engine, width) => {
    const rows: Rows = engine.knobs.map((knob) => [knob.name, knob.id, owners(knob, engine), knobWords(knob)]);
    const columns = [{ title: "KNOB" }, { title: "ID" }, { title: "IN", most: 24 }, { title: "WHAT IT DECIDES" }];
    return table(columns, rows, width) + SOURCES;
  },
  scenarios: ({ scenarios }, width) =>
    table(
      [{ title: "SCENARIO" }, { title: "QUESTION" }],
      scenarios.map(({ name, sentence }) => [name, sentence]),
      width,
    ),
  properties: ({ properties }, width) => {
    const rows: Rows = properties.map(({ id, kind, statement, source }) => [id, kind, `${statement} (${source})`]);
    return table([{ title: "PROPERTY" }, { title: "KIND" }, { title: "CLAIM" }], rows, width) + SOURCES;
  },
};

/** The knobs that one system looks at, with what they are when nothing is chosen. */
function knobsOf(engine: Engine, system: string) {
  const defaults = engine.defaults(system);
  const knobs = engine.knobs.filter(({ systems }) => systems.includes(system));
  return knobs.map((knob) => ({ ...knob, default: defaults[knob.name] ?? null }));
}

function ofSystem(engine: Engine, what: string, system: string, width: number, json: boolean): string {
  const names = engine.systems.map(({ name }) => name);
  if (what !== "knobs") throw new UsageError(`list ${what} takes no system.`, "list knobs SYSTEM");
  if (!names.includes(system)) throw unknownName("system", system, names);
  const knobs = knobsOf(engine, system);
  if (json) return JSON.stringify({ schema: LIST_SCHEMA, system, knobs });
  const rows = knobs.map((knob) => [
    knob.name,
    knob.id,
    typeof knob.default === "string" ? knob.default : JSON.stringify(knob.default),
    knobWords(knob),
  ]);
  const columns = [{ title: "KNOB" }, { title: "ID" }, { title: "DEFAULT" }, { title: "WHAT IT DECIDES" }];
  const others = new Set(engine.knobs.map(({ name }) => name)).size - knobs.length;
  const which =
    `Knobs that ${system} looks at, with some hardware, host or bounds, or with another value of a second knob. ` +
    `Every other knob (${others}) makes no difference in it.`;
  return `${table(columns, rows, width)}\n\n${wrap(which, width).join("\n")}${SOURCES}`;
}

export function list(
  engine: Engine,
  terminal: Terminal,
  what: string | undefined,
  system: string | undefined,
  json: boolean,
): number {
  const names = Object.keys(LISTS);
  if (what !== undefined && !names.includes(what)) throw unknownName("list", what, names);
  if (what !== undefined && system !== undefined) {
    terminal.out(`${ofSystem(engine, what, system, terminal.columns ?? 120, json)}\n`);
    return EXIT.asExpected;
  }
  const wanted = what === undefined ? names : [what];
  if (json) {
    const lists = wanted.map((name) => [name, engine[name as keyof Engine]] as const);
    terminal.out(`${JSON.stringify({ schema: LIST_SCHEMA, ...Object.fromEntries(lists) })}\n`);
  } else terminal.out(`${wanted.map((name) => LISTS[name]!(engine, terminal.columns ?? 120)).join("\n\n")}\n`);
  return EXIT.asExpected;
}
