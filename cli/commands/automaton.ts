/** `automaton`: what a component does in a system, in DOT for the kernel's runtime verification tools. */
import type { Choice } from "../../checker/automaton.ts";
import { dotText } from "../../reports/formats/dot.ts";
import { table } from "../../reports/table.ts";
import { unknownName, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { selectionOf, type SelectionOptions } from "../options.ts";
import type { ComponentAutomaton, Engine } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

export interface AutomatonOptions extends SelectionOptions {
  readonly maxStates: number;
}

const COLUMNS = [
  { title: "COMPONENT" },
  { title: "STATES", align: "right" },
  { title: "EVENTS", align: "right" },
  { title: "AS AN AUTOMATON" },
] as const;

function row({ component, machine, found }: ComponentAutomaton): readonly string[] {
  if ("choice" in found) return [component, "-", "-", `no: ${openIn(found.choice)}`];
  const events = new Set(found.edges.map(({ event }) => event));
  return [component, String(found.states.length), String(events.size), `yes (machine ${machine})`];
}

const openIn = ({ state, event, to }: Choice): string => `in ${state}, ${event} leads to ${to.join(" or ")}`;

/** One automaton in DOT, or, where no component is named, what components there are. */
function told(
  system: string,
  all: readonly ComponentAutomaton[],
  component: string | undefined,
  width: number,
): string {
  if (component === undefined) return `${table(COLUMNS, all.map(row), width)}\n`;
  const one = all.find((it) => it.component === component);
  if (one === undefined)
    throw unknownName(
      "component",
      component,
      all.map((it) => it.component),
      ` in ${system}`,
    );
  if ("choice" in one.found)
    throw new UsageError(
      `${component} is no deterministic automaton over the types of its events: ${openIn(one.found.choice)}.`,
      `a component with "yes" in the list of faultline automaton ${system}`,
    );
  return dotText(one.found);
}

export async function automaton(
  engine: Engine,
  terminal: Terminal,
  system: string,
  component: string | undefined,
  { maxStates, ...options }: AutomatonOptions,
): Promise<number> {
  const [request] = engine.runs(selectionOf(engine, [system], options));
  const impossible = engine.impossible(request!);
  if (impossible !== undefined) throw new UsageError(`${system} cannot be built so: ${impossible}.`);
  const status = new StatusLine(terminal);
  status.start(system);
  try {
    const all = await engine.automata(request!, maxStates, status.watch);
    status.clear();
    if (all === undefined) return interruptedBy(terminal.signal);
    terminal.out(told(system, all, component, terminal.columns ?? 100));
    return EXIT.asExpected;
  } finally {
    status.clear();
  }
}
