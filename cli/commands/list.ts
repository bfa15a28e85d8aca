/** `list`: everything that has a name. */
import { expected } from "../../model/knobs.ts";
import { table } from "../../reports/table.ts";
import { unknownName } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Engine, Named } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

const LIST_SCHEMA = "faultline-list/1";

type Rows = readonly (readonly string[])[];

const named = (kind: string, list: readonly Named[], width: number): string =>
  table(
    [{ title: kind }, { title: "WHAT IT IS" }],
    list.map(({ name, sentence }) => [name, sentence]),
    width,
  );

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
  knobs: ({ knobs }, width) => {
    const rows: Rows = knobs.map(({ name, id, values, sentence }) => [
      name,
      id,
      `${sentence} Values: ${expected(values)}.`,
    ]);
    return table([{ title: "KNOB" }, { title: "ID" }, { title: "WHAT IT DECIDES" }], rows, width);
  },
  scenarios: ({ scenarios }, width) =>
    table(
      [{ title: "SCENARIO" }, { title: "QUESTION" }],
      scenarios.map(({ name, sentence }) => [name, sentence]),
      width,
    ),
  properties: ({ properties }, width) => {
    const rows: Rows = properties.map(({ id, kind, statement, source }) => [id, kind, `${statement} (${source})`]);
    return table([{ title: "PROPERTY" }, { title: "KIND" }, { title: "CLAIM" }], rows, width);
  },
};

export function list(engine: Engine, terminal: Terminal, what: string | undefined, json: boolean): number {
  const names = Object.keys(LISTS);
  if (what !== undefined && !names.includes(what)) throw unknownName("list", what, names);
  const wanted = what === undefined ? names : [what];
  if (json) {
    const lists = wanted.map((name) => [name, engine[name as keyof Engine]] as const);
    terminal.out(`${JSON.stringify({ schema: LIST_SCHEMA, ...Object.fromEntries(lists) })}\n`);
  } else terminal.out(`${wanted.map((name) => LISTS[name]!(engine, terminal.columns ?? 120)).join("\n\n")}\n`);
  return EXIT.asExpected;
}
