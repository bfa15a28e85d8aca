/** What is looked at in a state: how many components are in it, or how much one of their fields holds. */
import type { AnyMachineSnapshot } from "xstate";
import type { BreadthFirst } from "../explore/search/breadth-first.ts";
import type { Json } from "../json.ts";
import { nearestOf } from "../nearest.ts";
import { ModelError, type System } from "../system.ts";
import { pathsOf, roleIn } from "./occurrence.ts";
import { haveFields, type Fields } from "./pattern.ts";

/** "requests in the queue": summed over all components, or channels, of the role. */
export interface Level {
  readonly label: string;
  readonly role: string;
  /** Of components that are in this state only. */
  readonly in?: string;
  /** A number of the context, or a list, which counts as many as it has; default: each component or message counts 1. */
  readonly field?: string;
  /** Of components, or messages, with these values only. */
  readonly fields?: Fields;
}

/** @throws ModelError for a role that the system does not have */
export function checkLevel(system: System, { label, role }: Level): void {
  const roles = [...new Set([...system.componentNames, ...system.channelNames].map((name) => roleIn(system, name)))];
  if (!roles.includes(role))
    throw new ModelError(`The level of ${label}: "${role}" is no role of the system.${nearestOf(role, roles)}`);
}

function amountOf(level: Level, context: { readonly [field: string]: Json }, name: string): number {
  const { field, label } = level;
  if (field === undefined) return 1;
  const value = context[field];
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.length;
  throw new ModelError(
    `The level of ${label} is "${field}" of "${name}", which is ${JSON.stringify(value) ?? "not there"}: neither a number nor a list.`,
  );
}

function ofSnapshot(level: Level, snapshot: AnyMachineSnapshot, name: string): number {
  const context = snapshot.context as { readonly [field: string]: Json };
  if (level.in !== undefined && !pathsOf(snapshot).includes(level.in)) return 0;
  return haveFields(level.fields, context) ? amountOf(level, context, name) : 0;
}

/** The level in each of these states of the search. */
export function levelsIn(search: BreadthFirst, level: Level, states: Int32Array): Float64Array {
  const { core, system } = search;
  checkLevel(system, level);
  const slots = Array.from({ length: core.slots }, (_, slot) => slot).filter(
    (slot) => roleIn(system, core.slotName(slot)) === level.role,
  );
  const known = slots.map((): number[] => []);
  const ask = (slot: number, number: number): number =>
    slot < core.componentCount
      ? ofSnapshot(level, core.locals[slot]!.values[number]!, core.slotName(slot))
      : core.messagesOf(slot, number).filter((message) => haveFields(level.fields, message)).length;
  const vector = new Int32Array(core.slots);
  return Float64Array.from(states, (state) => {
    search.vectorOf(state, vector);
    let sum = 0;
    slots.forEach((slot, k) => (sum += known[k]![vector[slot]!] ??= ask(slot, vector[slot]!)));
    return sum;
  });
}
