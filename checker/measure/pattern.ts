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

/** Every name that a step of the system can have. What a channel delivers is known as far as the routes tell. */
export function stepNames(system: System): readonly string[] {
  const names = new Set<string>();
  for (const action of system.actions)
    if (action.kind === "event") names.add(stepName(system, action, action.event));
    else
      for (const { kind, types } of system.routes)
        if (kind === "send") for (const type of types) names.add(stepName(system, action, { type }));
  return [...names];
}

const SEPARATOR = /^(.*)(: | delivers )(.*?)$/;

/** The name with "*" for its type. */
export const wholeOf = (step: string): string => step.replace(SEPARATOR, "$1$2*");

const isStep = (wanted: string, step: string): boolean => wanted === step || wanted === wholeOf(step);

const same = (wanted: Json, value: Json | undefined): boolean =>
  value !== undefined && JSON.stringify(wanted) === JSON.stringify(value);

export const haveFields = (wanted: Fields | undefined, ...from: readonly Fields[]): boolean =>
  Object.entries(wanted ?? {}).every(([name, value]) =>
    same(value, from.find((fields) => Object.hasOwn(fields, name))?.[name]),
  );

const isMessage = (
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
  return occurrence.transfers.filter((transfer) => isMessage(message, transfer, occurrence.roleOf)).length;
}

const unknownName = (of: string, what: string, name: string, names: readonly string[]): ModelError =>
  new ModelError(
    `${of}: "${name}" is no ${what} of the system.${nearestOf(name, names) || ` There are: ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""}.`}`,
  );

/** @throws ModelError for a name that the system does not have, with the nearest ones; `of` says whose pattern it is */
export function checkPattern(system: System, pattern: Pattern, of: string): void {
  const check = (what: string, name: string | undefined, names: readonly string[]): void => {
    if (name !== undefined && !names.includes(name)) throw unknownName(of, what, name, names);
  };
  const steps = stepNames(system);
  if (pattern.step?.endsWith("*") === true) check("step", pattern.step, [...new Set(steps.map(wholeOf))]);
  else check("step", pattern.step, steps);
  check("component", pattern.component, system.componentNames);
  const tellings = [...new Set(Object.values(system.components).map(({ machine }) => machine))].map(tellingOf);
  const states = tellings.flatMap(({ states: those }) => those.map(({ name }) => name));
  for (const state of [pattern.in ?? []].flat()) check("state", state, [...new Set(states)]);
  if (pattern.by !== undefined) {
    const told = tellings.flatMap(({ origin, states: those, takes }) => [
      ...(origin ? [origin] : []),
      ...[...those, ...takes].flatMap(({ origins }) => origins),
    ]);
    check("function", pattern.by, [...new Set(told.map(nameOf))]);
  }
  const { message } = pattern;
  if (!message) return;
  check("message", message.type, [...new Set(system.routes.flatMap(({ types }) => types))]);
  const names = [...system.componentNames, ...system.channelNames];
  const parts = [...new Set([...names, ...names.map((name) => roleIn(system, name))])];
  check("part", message.from, parts);
  check("part", message.to, parts);
}
