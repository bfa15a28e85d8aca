/**
 * What a core knows, as plain data. Its numbers depend on the order in which it met things, so each list says what the numbers
 * stand for, in that order. A core that learns it asks the machines everything again: what they do is never read from anywhere.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Json, Message } from "../json.ts";
import { ModelError } from "../wiring.ts";
import { NOT_HANDLED } from "./behaviour.ts";
import type { Core } from "./core.ts";
import { rebuilt } from "./fresh.ts";
import { Ints } from "./tables.ts";

export interface Known {
  /** By slot of a component: state value and context of each snapshot. */
  readonly locals: readonly (readonly (readonly [value: Json, context: Json])[])[];
  readonly events: readonly Message[];
  /** By channel: the numbers of the messages of each content. */
  readonly contents: readonly (readonly (readonly number[])[])[];
  readonly machineCalls: number;
}

/** The core comes to other numbers, or the machines do something else, than what was written down. */
export class Unlearnable extends ModelError {
  override name = "Unlearnable";
}

export const knownOf = ({ locals, events, contents, machineCalls }: Core): Known => ({
  locals: locals.map(({ values }) => values.map(({ value, context }) => [value as Json, context as Json] as const)),
  events: events.values,
  contents: contents.map(({ values }) => values.map(({ messages }) => messages)),
  machineCalls,
});

/** Every step that was asked for: slot, snapshot, event, how many numbers its outcome has (0: not handled), and these. */
export function cellsOf({ behaviour }: Core): Int32Array {
  const { data, length } = behaviour.filled();
  const outcomes = behaviour.outcomes.data;
  const cells = new Ints();
  for (let at = 0; at < length; at += 4) {
    const cell = data[at + 3]!;
    const size = cell === NOT_HANDLED ? 0 : 2 + outcomes[cell + 1]!;
    for (const number of [data[at]!, data[at + 1]!, data[at + 2]!, size]) cells.push(number);
    for (let k = 0; k < size; k++) cells.push(outcomes[cell + k]!);
  }
  return cells.data.slice(0, cells.length);
}

/** Teaches a core that has just begun. @throws Unlearnable */
export function learn(core: Core, known: Known, cells: Int32Array): void {
  known.locals.forEach((values, slot) => {
    const { machine } = core.system.components[core.slotName(slot)] ?? refuse("There was another component.");
    values.forEach(([value, context], number) =>
      expectNumber(core.behaviour.localId(slot, snapshotOf(machine, value, context)), number),
    );
  });
  known.events.forEach((event, number) => expectNumber(core.eventId(event), number));
  known.contents.forEach((values, channel) => {
    const contents = core.contents[channel] ?? refuse("There was another channel.");
    values.forEach((messages, number) => expectNumber(contents.id(messages), number));
  });
  expectCells(core, cells);
  if (sizesOf(knownOf(core)) !== sizesOf(known)) refuse("There are more snapshots or messages than were written down.");
  core.behaviour.machineCalls = known.machineCalls;
}

const sizesOf = ({ locals, events, contents }: Known): string =>
  [...locals, events, ...contents].map(({ length }) => length).join();

function snapshotOf(machine: AnyStateMachine, value: Json, context: Json): AnyMachineSnapshot {
  try {
    return rebuilt(machine, value, context);
  } catch (error) {
    return refuse(`A snapshot is none of its machine: ${String(error)}.`);
  }
}

function expectCells(core: Core, cells: Int32Array): void {
  const { behaviour } = core;
  for (let at = 0; at < cells.length; at += 4 + cells[at + 3]!) {
    const [slot, local, event, size] = [cells[at]!, cells[at + 1]!, cells[at + 2]!, cells[at + 3]!];
    const cell = behaviour.outcomeOf(slot, local, event);
    const { data } = behaviour.outcomes;
    let isSame = (cell === NOT_HANDLED) === (size === 0);
    for (let k = 0; k < size && isSame; k++) isSame = data[cell + k] === cells[at + 4 + k];
    if (!isSame) refuse(`A step of "${core.slotName(slot)}" is not what was written down.`);
  }
}

function expectNumber(found: number, written: number): void {
  if (found !== written) refuse(`Number ${written} was written down of what is now number ${found}.`);
}

function refuse(because: string): never {
  throw new Unlearnable(because);
}
