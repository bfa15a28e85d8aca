/**
 * Deliberate defects in a machine that no knob names: a case of a transition that is missing, is taken without its test, or
 * lacks one of its actions. The machine's own table is changed, so that no rule is copied.
 */
import { createMachine, type AnyStateMachine } from "xstate";
import { defineSystem, type System } from "../../checker/system.ts";

/** A case of a transition: of which role, in which state (`a.b`; none: of the machine), on which event, counted from 0. */
export interface Place {
  readonly role: string;
  readonly state?: string;
  readonly on: string;
  readonly at: number;
}

interface Case {
  readonly guard?: unknown;
  readonly actions?: unknown;
}

interface Table {
  readonly states?: { readonly [name: string]: Table };
  readonly on?: { readonly [event: string]: unknown };
  readonly always?: unknown;
}

type Edit = (one: Case) => readonly Case[];

const listOf = (value: unknown): readonly Case[] =>
  (value instanceof Array ? value : value === undefined ? [] : [value]) as readonly Case[];

function editedCases(value: unknown, { role, state, on, at }: Place, edit: Edit): readonly Case[] {
  const cases = listOf(value);
  if (!cases[at])
    throw new Error(`"${role}" has ${cases.length} cases of "${on}" in ${state ?? "all states"}; ${at} is none.`);
  return cases.flatMap((one, k) => (k === at ? edit(one) : [one]));
}

function editedTable(table: Table, path: readonly string[], place: Place, edit: Edit): Table {
  const [name, ...rest] = path;
  if (name !== undefined) {
    const inner = table.states?.[name];
    if (!inner) throw new Error(`"${place.role}" has no state "${place.state}".`);
    return { ...table, states: { ...table.states, [name]: editedTable(inner, rest, place, edit) } };
  }
  if (place.on === "always") return { ...table, always: editedCases(table.always, place, edit) };
  return { ...table, on: { ...table.on, [place.on]: editedCases(table.on?.[place.on], place, edit) } };
}

export interface FoundCase {
  readonly place: Place;
  readonly hasTest: boolean;
  /** How many actions it has. */
  readonly actions: number;
}

function* casesInTable(role: string, table: Table, state?: string): Generator<FoundCase> {
  const transitions = Object.entries({ ...table.on, ...(table.always === undefined ? {} : { always: table.always }) });
  for (const [on, cases] of transitions)
    for (const [at, { guard, actions }] of listOf(cases).entries()) {
      const place = { role, ...(state === undefined ? {} : { state }), on, at };
      yield { place, hasTest: guard !== undefined, actions: listOf(actions).length };
    }
  for (const [name, inner] of Object.entries(table.states ?? {}))
    yield* casesInTable(role, inner, state === undefined ? name : `${state}.${name}`);
}

/** Every case of the machine, which components with this role have. */
export const casesIn = (role: string, machine: AnyStateMachine): Iterable<FoundCase> =>
  casesInTable(role, machine.config as Table);

function changedCase(place: Place, edit: Edit) {
  return (system: System): System => {
    const changed = new Map<AnyStateMachine, AnyStateMachine>();
    const changedMachine = (machine: AnyStateMachine): AnyStateMachine => {
      const known = changed.get(machine);
      if (known) return known;
      const table = editedTable(machine.config as Table, place.state?.split(".") ?? [], place, edit);
      const made = createMachine(table as never, machine.implementations as never) as AnyStateMachine;
      changed.set(machine, made);
      return made;
    };
    const components = Object.fromEntries(
      Object.entries(system.components).map(([name, part]) => [
        name,
        part.role === place.role ? { ...part, machine: changedMachine(part.machine) } : part,
      ]),
    );
    if (changed.size === 0) throw new Error(`"${system.name}" has no role "${place.role}".`);
    return defineSystem({ ...system, components });
  };
}

export const caseLeftOut = (place: Place) => changedCase(place, () => []);

export const testLeftOut = (place: Place) =>
  changedCase(place, ({ guard, ...rest }) => {
    if (guard === undefined) throw new Error(`Case ${place.at} of "${place.on}" of "${place.role}" has no test.`);
    return [rest];
  });

export const actionLeftOut = (place: Place, action: number) =>
  changedCase(place, (one) => {
    const actions = listOf(one.actions);
    if (!actions[action])
      throw new Error(`Case ${place.at} of "${place.on}" of "${place.role}" has no action ${action}.`);
    return [{ ...one, actions: actions.filter((_, k) => k !== action) }];
  });
