/** Which steps are meant: plain data, so that a record can say it. */
import type { Json } from "../json.ts";
import { nearestOf } from "../nearest.ts";
import { nameOf } from "../said.ts";
import { tellingOf } from "../said-all.ts";
import type { Transfer } from "../simulation.ts";
import { ModelError, type System } from "../system.ts";
import { roleIn, stepName, type Occurrence } from "./occurrence.ts";

export type Fields = { readonly [field: string]: Json };

/** A message that passes within the step. */
export interface MessagePattern {
  readonly type: string;
  /** Sender and receiver, each by its name or its role; of a message that is sent, the receiver is the channel. */
  readonly from?: string;
  readonly to?: string;
  readonly how?: Transfer["how"];
  readonly fields?: Fields;
}

/** All that is given must fit. */
export interface Pattern {
  /** A name of `stepNames()`, or with "*" for its type: "server: *", "link delivers *". */
  readonly step?: string;
  /** The component that takes the step. */
  readonly component?: string;
  /** That component is in one of these states before it: "busy" is "busy.waiting" too. */
  readonly in?: string | readonly string[];
  /** The function that takes the step: "vfio_unmap_unpin()". */
  readonly by?: string;
  /** Fields of the event, or else of the context of the component before the step. */
  readonly fields?: Fields;
  readonly message?: MessagePattern;
}

const namesOf = new WeakMap<System, readonly string[]>();

/** Every name that a step of the system can have. What a channel delivers is known as far as the routes tell. */
export function stepNames(system: System): readonly string[] {
  const names = namesOf.get(system) ?? allNames(system);
  namesOf.set(system, names);
  return names;
}

function allNames(system: System): readonly string[] {
  const names = new Set<string>();
  for (const action of system.actions)
    if (action.kind === "event") names.add(stepName(system, action, action.event));
    else
      for (const { kind, types } of system.routes)
        if (kind === "send") for (const type of types) names.add(stepName(system, action, { type }));
  return [...names];
}

const SEPARATOR = /^(.*)(: | delivers )(.*?)$/;

/** There are few names, and they are asked for at every step. */
const wholes = new Map<string, string>();

/** The name with "*" for its type. */
export function wholeOf(step: string): string {
  const known = wholes.get(step);
  if (known !== undefined) return known;
  const whole = step.replace(SEPARATOR, "$1$2*");
  wholes.set(step, whole);
  return whole;
}

const isStep = (wanted: string, step: string): boolean => wanted === step || wanted === wholeOf(step);

const same = (wanted: Json, value: Json | undefined): boolean =>
  wanted === value ||
  (typeof wanted === "object" && value !== undefined && JSON.stringify(wanted) === JSON.stringify(value));

export const haveFields = (wanted: Fields | undefined, ...from: readonly Fields[]): boolean =>
  wanted === undefined ||
  Object.entries(wanted).every(([name, value]) =>
    same(value, from.find((fields) => Object.hasOwn(fields, name))?.[name]),
  );

/** Whether it is a message that the pattern means. */
export const isMessage = (
  wanted: MessagePattern,
  { from, to, how, message }: Transfer,
  roleOf: Occurrence["roleOf"],
): boolean =>
  wanted.type === message.type &&
  (wanted.from === undefined || wanted.from === from || wanted.from === roleOf(from)) &&
  (wanted.to === undefined || wanted.to === to || wanted.to === roleOf(to)) &&
  (wanted.how === undefined || wanted.how === how) &&
  haveFields(wanted.fields, message);

/** How many times the step is what the pattern means: once for each message that fits, or once. */
export function timesIn(pattern: Pattern, occurrence: Occurrence): number {
  // Each part is asked for only where the pattern wants it: a simulation makes it only then.
  if (pattern.step !== undefined && !isStep(pattern.step, occurrence.step)) return 0;
  if (pattern.component !== undefined && pattern.component !== occurrence.component) return 0;
  if (pattern.in !== undefined && ![pattern.in].flat().some((state) => occurrence.states.includes(state))) return 0;
  if (pattern.by !== undefined && pattern.by !== occurrence.by) return 0;
  if (pattern.fields && !haveFields(pattern.fields, occurrence.event, occurrence.context)) return 0;
  const { message } = pattern;
  if (!message) return 1;
  return emitted(occurrence.transfers.filter((transfer) => isMessage(message, transfer, occurrence.roleOf)));
}

/** How many messages these are: one that goes to several parts is one. The same object may be emitted more than once. */
function emitted(transfers: readonly Transfer[]): number {
  if (transfers.length < 2) return transfers.length;
  let count = 0;
  transfers.forEach(({ from, to, message }, k) => {
    const before = transfers.slice(0, k).filter((one) => one.from === from && one.message === message);
    const times = (part: string): number => before.filter((one) => one.to === part).length;
    if (before.every((one) => times(one.to) <= times(to))) count++;
  });
  return count;
}

const unknownName = (of: string, what: string, name: string, names: readonly string[]): ModelError =>
  new ModelError(
    `${of}: "${name}" is no ${what} of the system.${nearestOf(name, names) || ` There are: ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""}.`}`,
  );

interface Names {
  readonly steps: readonly string[];
  readonly wholes: readonly string[];
  readonly states: readonly string[];
  readonly functions: readonly string[];
  readonly messages: readonly string[];
  /** Components and channels, and their roles. */
  readonly parts: readonly string[];
}

/** Rates have many patterns of one system. */
const known = new WeakMap<System, Names>();

function namesIn(system: System): Names {
  const found = known.get(system);
  if (found) return found;
  const steps = stepNames(system);
  const tellings = [...new Set(Object.values(system.components).map(({ machine }) => machine))].map(tellingOf);
  const origins = tellings.flatMap(({ origin, states, takes }) => [
    ...(origin ? [origin] : []),
    ...[...states, ...takes].flatMap((one) => one.origins),
  ]);
  const names = [...system.componentNames, ...system.channelNames];
  const all: Names = {
    steps,
    wholes: [...new Set(steps.map(wholeOf))],
    states: [...new Set(tellings.flatMap(({ states }) => states.map(({ name }) => name)))],
    functions: [...new Set(origins.map(nameOf))],
    messages: [...new Set(system.routes.flatMap(({ types }) => types))],
    parts: [...new Set([...names, ...names.map((name) => roleIn(system, name))])],
  };
  known.set(system, all);
  return all;
}

/** @throws ModelError for a name that the system does not have, with the nearest ones; `of` says whose pattern it is */
export function checkPattern(system: System, pattern: Pattern, of: string): void {
  const names = namesIn(system);
  const check = (what: string, name: string | undefined, among: readonly string[]): void => {
    if (name !== undefined && !among.includes(name)) throw unknownName(of, what, name, among);
  };
  const { step, component, by, message } = pattern;
  check("step", step, step?.endsWith("*") === true ? names.wholes : names.steps);
  check("component", component, system.componentNames);
  for (const state of [pattern.in ?? []].flat()) check("state", state, names.states);
  check("function", by, names.functions);
  check("message", message?.type, names.messages);
  check("part", message?.from, names.parts);
  check("part", message?.to, names.parts);
}
