/** What a machine of XState is made of, as far as quick steps look at it, and how its states lie within each other. */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { stateName } from "./step.ts";
import type { Outbox } from "./outbox.ts";
import { shapeOf, type Context, type Shape } from "./shapes.ts";

/** The next local state, or undefined: no guard passes. */
export type Take = (local: Local, event: Message, emitted: Outbox) => Local | undefined;

/** A local state: where the machine is, and its context. Never changed in place. */
export interface Local {
  readonly place: Place;
  readonly context: Context;
  readonly shape: Shape;
}

/** A state of the machine: for a plain machine one for each combination of leaves, otherwise one for each snapshot. */
export interface Place {
  readonly name: string;
  readonly isDone: boolean;
  /** The paths of all states that the machine is in: "busy", "busy.waiting". */
  readonly states: readonly string[];
  /** The innermost states: one, or of a parallel machine one in each region, in their order. */
  readonly leaves: readonly Node[];
  /** Eventless transitions, in the order in which they are asked. */
  readonly always: readonly Candidate[];
  /** By event type. */
  readonly choices: Map<string, Choice>;
  /** The one that was asked last: mostly the next one too. */
  lately: Choice | undefined;
  /** By kind of events: whether there is a transition for some of them; undefined: not asked yet. */
  readonly may: (boolean | undefined)[];
  readonly snapshot?: AnyMachineSnapshot;
}

/** What guards and actions are called with. One object for all of a step: its context changes on the way. */
export interface Args {
  context: Context;
  /** Of the context. */
  shape: Shape;
  readonly event: Message;
}

export type Action = string | { readonly type: string; readonly params?: unknown } | BuiltIn;
export type Guard =
  string | { readonly type: string; readonly params?: unknown } | ((args: object, params?: unknown) => boolean);
export type Expression = (args: object, params?: unknown) => unknown;

/** What `assign()`, `emit()` and `enqueueActions()` of XState make. */
export interface BuiltIn {
  readonly type?: string;
  readonly assignment?: Expression | { readonly [field: string]: unknown };
  readonly event?: Message | Expression;
  readonly collect?: (args: object, params?: unknown) => void;
}

export interface Node {
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly path: readonly string[];
  readonly parent?: Node;
  readonly states: { readonly [key: string]: Node };
  readonly initial?: { readonly target: readonly Node[]; readonly actions: readonly Action[] };
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly always?: readonly Transition[];
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  readonly invoke: readonly unknown[];
  readonly history?: unknown;
}

export interface Transition {
  readonly target?: readonly Node[];
  readonly source: Node;
  readonly reenter: boolean;
  readonly guard?: Guard;
  readonly actions: readonly Action[];
}

/** A transition, seen from one place. */
export interface Candidate {
  readonly transition: Transition;
  /** Of a guard that is a plain function, this function. */
  readonly asks: ((args: object) => boolean) | undefined;
  /** Where it leads, and which actions it runs; found when it is taken for the first time. */
  way: Way | undefined;
}

/** What an event of one type may do. */
export interface Choice {
  readonly type: string;
  /** The transitions that may be chosen, in the order in which they are asked; null where two regions may each choose one. */
  readonly candidates: readonly Candidate[] | null;
  /** How often it was asked. */
  asked: number;
  /** All of it as one function, for contexts of this shape. */
  take: Take | undefined;
  shape: Shape | undefined;
}

export interface Way {
  readonly place: Place;
  readonly acts: readonly Act[];
}

/** An action, looked up. */
export interface Act {
  readonly kind: "assign" | "emit" | "collect" | "other";
  readonly of: BuiltIn;
  /** What it is called with besides context and event, where that depends on neither. */
  readonly params: unknown;
  readonly makesParams: Expression | undefined;
  /** Fields that are assigned one by one. */
  readonly fields: readonly string[];
}

export const pathsOf = (nodes: readonly Node[]): readonly string[] =>
  nodes.map(({ path }) => path.join(".")).filter((path) => path !== "");

/** The state and those around it, the root last. */
export function upFrom(leaf: Node): readonly Node[] {
  const up: Node[] = [];
  for (let at: Node | undefined = leaf; at; at = at.parent) up.push(at);
  return up;
}

/** Whether a machine is a tree of states of which one leaf is active, or one in each of several regions that stay apart. */
export function isPlain(root: Node): boolean {
  const plain = (node: Node): boolean =>
    node.type !== "parallel" &&
    node.type !== "history" &&
    node.invoke.length === 0 &&
    // A state that ends inside of another one raises an event.
    (node.type !== "final" || node.parent === root) &&
    transitionsOf(node).every(
      ({ target, source, reenter }) => (target?.length ?? 0) <= 1 && !(reenter && source === root),
    ) &&
    Object.values(node.states).every(plain);
  if (root.type !== "parallel") return plain(root);
  return (
    transitionsOf(root).every(({ target }) => (target?.length ?? 0) === 0) &&
    Object.values(root.states).every((region) => plain(region) && staysWithin(region))
  );
}

const transitionsOf = (node: Node): readonly Transition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

/** Whether the region is a list of states among which it moves by events, and none of them ends it or begins it anew. */
const staysWithin = (region: Node): boolean =>
  [region, ...Object.values(region.states)].every(
    (state) =>
      state.type !== "final" &&
      (state.always ?? []).length === 0 &&
      (state === region || Object.keys(state.states).length === 0) &&
      transitionsOf(state).every(
        ({ target, reenter }) => !reenter && (target ?? []).every((aim) => isInside(aim, region)),
      ),
  );

export const isBuiltIn = (action: Action): action is BuiltIn =>
  typeof action === "function" || (typeof action === "object" && action.type?.startsWith("xstate.") === true);

export const KINDS: ReadonlyMap<string | undefined, Act["kind"]> = new Map([
  ["xstate.assign", "assign"],
  ["xstate.emit", "emit"],
  ["xstate.enqueueActions", "collect"],
]);

/** An action that was looked up. */
export const actOn = (kind: Act["kind"], of: BuiltIn, params?: unknown): Act => ({
  kind,
  of,
  params: typeof params === "function" ? undefined : params,
  makesParams: typeof params === "function" ? (params as Expression) : undefined,
  fields: typeof of.assignment === "object" ? Object.keys(of.assignment) : [],
});

export function paramsOf(of: Guard, args: object): unknown {
  if (typeof of !== "object" || !("params" in of)) return undefined;
  return typeof of.params === "function" ? (of.params as Expression)(args) : of.params;
}

/** The context after the assignment; its shape is left in `args`. */
export function assigned({ of, fields }: Act, args: Args, params: unknown): Context {
  const assignment = of.assignment!;
  const { shape } = args;
  if (typeof assignment === "object") {
    const merged = shape.merge(args.context, assignment);
    if (merged) return merged;
  }
  const next = shape.copy(args.context);
  if (typeof assignment === "function") {
    const changed = assignment(args, params) as Context;
    let fits = true;
    for (const field in changed) {
      next[field] = changed[field];
      fits &&= shape.fields.has(field);
    }
    if (!fits) args.shape = shapeOf(next);
    return next;
  }
  for (let k = 0; k < fields.length; k++) {
    const field = fields[k]!;
    const value = assignment[field];
    next[field] = typeof value === "function" ? (value as Expression)(args, params) : value;
  }
  if (!hasAll(args.shape, fields)) args.shape = shapeOf(next);
  return next;
}

function hasAll(shape: Shape, names: readonly string[]): boolean {
  for (let k = 0; k < names.length; k++) if (!shape.fields.has(names[k]!)) return false;
  return true;
}

/** A node is asked for the more general descriptions of an event after the others. */
export const transitionsFor = ({ transitions }: Node, type: string): readonly Transition[] => [
  ...(transitions.get(type) ?? []),
  ...[...transitions.keys()]
    .filter((key) => key !== type && isWildcardOf(key, type))
    .sort((a, b) => b.length - a.length)
    .flatMap((key) => transitions.get(key)!),
];

/** "page.*" and "*" stand for "page.pinned". */
function isWildcardOf(key: string, type: string): boolean {
  if (key === "*") return true;
  return key.endsWith(".*") && `${type}.`.startsWith(key.slice(0, -1));
}

export function isInside(node: Node, outer: Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (at === outer) return true;
  return false;
}

/** The innermost state that both are inside of. */
export function commonOf(one: Node, other: Node): Node | undefined {
  for (let at = other.parent; at; at = at.parent) if (isInside(one, at)) return at;
  return undefined;
}

/** The value of XState in which these leaves are active. */
export function valueOf(leaves: readonly Node[]): string | object {
  const isApart = leaves[0]?.parent?.type === "parallel" || leaves.length > 1;
  const values = leaves.map(({ path }) => {
    const [last, ...outer] = [...path].reverse();
    if (last === undefined) return {};
    const inner = isApart && outer.length === 0 ? { [last]: {} } : last;
    return outer.reduce<string | object>((value, key) => ({ [key]: value }), inner);
  });
  return values.length === 1 ? values[0]! : Object.assign({}, ...values);
}

/** Of a machine that is not plain. */
export const placeOf = (snapshot: AnyMachineSnapshot): Place => ({
  name: stateName(snapshot.value),
  isDone: snapshot.status !== "active",
  states: pathsOf(snapshot._nodes as unknown as readonly Node[]),
  leaves: [],
  always: [],
  choices: new Map(),
  lately: undefined,
  may: [],
  snapshot,
});

/** For guards of guards: `and`, `or` and `not` of XState look at the machine only. The rest is made when `stateIn` asks for it. */
export function snapshotIfAsked(machine: AnyStateMachine, make: () => AnyMachineSnapshot): AnyMachineSnapshot {
  const lazy = {
    machine,
    matches: (value: never) => make().matches(value),
    get _nodes() {
      return make()._nodes;
    },
  };
  return lazy as unknown as AnyMachineSnapshot;
}

/** The machine does something that is not plain. */
export class NotPlain extends Error {}
