/**
 * The steps of one state of a machine by events of one type, as one function: guards, actions and targets of its transitions in
 * the order in which XState asks them, with what is known before the step put in as constants. No rule is in the text: it calls
 * the functions of the machine (decision docs/decisions/0058-faster-queues.md).
 */
import type { Message } from "../json.ts";
import type { Act, Args, Candidate, Guard, Local, Place, Take, Way } from "./quick-nodes.ts";
import type { Outbox } from "./outbox.ts";
import { mergeOf, property, quoted, shapeWith, type Context, type Shape } from "./shapes.ts";

/** What such a function asks of the machine. */
export interface Asked {
  chosen: object | undefined;
  readonly passes: (guard: Guard, local: Local, event: Message) => boolean;
  /** Runs an action that no text is made for. */
  readonly does: (act: Act, place: Place, args: Args, emitted: Outbox) => Context;
  /** Runs the actions from this one on, and is where they lead. */
  readonly rest: (local: Local, way: Way, from: number, args: Args, emitted: Outbox) => Local;
}

/** Values that the text names. */
class Constants {
  readonly values: unknown[] = [];

  of(value: unknown): string {
    const known = this.values.indexOf(value);
    return `k${known < 0 ? this.values.push(value) - 1 : known}`;
  }
}

/** For local states of this shape. */
export function compiled(place: Place, shape: Shape, asked: Asked, candidates: readonly (Candidate & Led)[]): Take {
  const constants = new Constants();
  const tries = candidates.map((candidate) => tryText(place, shape, candidate, constants));
  const names = constants.values.map((_, k) => `k${k}`);
  // oxlint-disable-next-line no-implied-eval -- the text is made of the words below and of names of fields, each quoted
  const make = new Function(
    "asked",
    "shape",
    ...names,
    `return function (local, event, emitted) {
      const args = { context: local.context, shape, event };
      ${tries.join("\n")}
      asked.chosen = undefined;
      return undefined;
    };`,
  ) as (...of: readonly unknown[]) => Take;
  return make(asked, shape, ...constants.values);
}

/** A candidate of which it is known where it leads. */
export interface Led {
  readonly way: Way;
}

function tryText(from: Place, shape: Shape, candidate: Candidate & Led, constants: Constants): string {
  const { transition, asks, way } = candidate;
  const { guard } = transition;
  const passes = asks ? `${constants.of(asks)}(args)` : `asked.passes(${constants.of(guard)}, local, event)`;
  const lines = [`asked.chosen = ${constants.of(transition)};`];
  let now = shape;
  for (const [k, act] of way.acts.entries()) {
    const then = actText(
      act,
      now,
      constants,
      (at) => `return asked.rest(local, ${constants.of(way)}, ${at}, args, emitted);`,
      k,
    );
    lines.push(`{ ${then.text} }`);
    now = then.shape;
  }
  const changes = way.acts.some(({ kind }) => kind !== "emit");
  const next = `{ place: ${constants.of(way.place)}, context: args.context, shape: ${constants.of(now)} }`;
  if (way.place !== from) lines.push(`return ${next};`);
  else lines.push(changes ? `return args.context === local.context ? local : ${next};` : "return local;");
  return guard === undefined ? `{ ${lines.join("\n")} }` : `if (${passes}) { ${lines.join("\n")} }`;
}

interface Text {
  readonly text: string;
  /** Of the context after the action. */
  readonly shape: Shape;
}

function actText(act: Act, shape: Shape, constants: Constants, restFrom: (at: number) => string, at: number): Text {
  const { kind, of } = act;
  const params = act.makesParams ? `${constants.of(act.makesParams)}(args)` : constants.of(act.params);
  if (kind === "emit") {
    const { event: message } = of;
    const told = typeof message === "function" ? `${constants.of(message)}(args, ${params})` : constants.of(message);
    return { text: `emitted.push(${told});`, shape };
  }
  const assignment = kind === "assign" ? of.assignment : undefined;
  if (typeof assignment === "object") return assignText(act, assignment, shape, constants, params);
  if (typeof assignment === "function")
    return {
      text: `const changed = ${constants.of(assignment)}(args, ${params});
      const next = ${constants.of(mergeOf(shape.names))}(args.context, changed);
      if (next === undefined) ${restFrom(at)}
      args.context = next;`,
      shape,
    };
  return {
    text: `args.context = asked.does(${constants.of(act)}, local.place, args, emitted);
      if (args.shape !== ${constants.of(shape)}) ${restFrom(at + 1)}`,
    shape,
  };
}

/** Fields that are assigned one by one. */
function assignText(
  { fields }: Act,
  assignment: { readonly [field: string]: unknown },
  shape: Shape,
  constants: Constants,
  params: string,
): Text {
  const valueOf = (name: string): string => {
    if (!fields.includes(name)) return `context[${quoted(name)}]`;
    const value = assignment[name];
    return typeof value === "function" ? `${constants.of(value)}(args, params)` : constants.of(value);
  };
  const added = fields.filter((name) => !shape.fields.has(name));
  const after = added.length === 0 ? shape : shapeWith([...shape.names, ...added]);
  const literal = after.names.map((name) => `${property(name)}: ${valueOf(name)}`).join();
  const shaped = after === shape ? "" : `args.shape = ${constants.of(after)};`;
  return {
    text: `const { context } = args; const params = ${params}; args.context = { ${literal} }; ${shaped}`,
    shape: after,
  };
}
