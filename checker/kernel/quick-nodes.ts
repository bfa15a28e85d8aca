/** What a machine of XState is made of, as far as quick steps look at it, and how its states lie within each other. */
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../json.ts";

export type Context = { readonly [field: string]: unknown };

/** A local state: where the machine is, and its context. Never changed in place. */
export interface Local {
  readonly place: Place;
  readonly context: Context;
}

/** A state of the machine: for a plain machine one for each leaf, otherwise one for each snapshot. */
export interface Place {
  readonly name: string;
  readonly isDone: boolean;
  /** The paths of all states that the machine is in: "busy", "busy.waiting". */
  readonly states: readonly string[];
  readonly leaf?: Leaf;
  readonly snapshot?: AnyMachineSnapshot;
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

export interface Leaf {
  readonly node: Node;
  /** The leaf, its parent, ..., the root. */
  readonly up: readonly Node[];
  /** Eventless, in the order in which they are asked. */
  readonly always: readonly Candidate[];
  /** By event type: the transitions that may be chosen, in the order in which they are asked. */
  readonly candidates: Map<string, readonly Candidate[]>;
}

/** A transition, seen from one leaf. */
export interface Candidate {
  readonly transition: Transition;
  /** Of a guard that is a plain function, this function. */
  readonly asks: ((args: object) => boolean) | undefined;
  /** Where it leads, and which actions it runs; found when it is taken for the first time. */
  way: Way | undefined;
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

/** Whether every state is inside of at most one other that runs, and nothing runs beside the machine. */
export function isPlain(root: Node): boolean {
  const plain = (node: Node): boolean =>
    node.type !== "parallel" &&
    node.type !== "history" &&
    node.invoke.length === 0 &&
    // A state that ends inside of another one raises an event.
    (node.type !== "final" || node.parent === root) &&
    [...[...node.transitions.values()].flat(), ...(node.always ?? [])].every(
      ({ target, source, reenter }) => (target?.length ?? 0) <= 1 && !(reenter && source === root),
    ) &&
    Object.values(node.states).every(plain);
  return plain(root);
}

export const isBuiltIn = (action: Action): action is BuiltIn =>
  typeof action === "function" || (typeof action === "object" && action.type?.startsWith("xstate.") === true);

export const KINDS: ReadonlyMap<string | undefined, Act["kind"]> = new Map([
  ["xstate.assign", "assign"],
  ["xstate.emit", "emit"],
  ["xstate.enqueueActions", "collect"],
]);

export function paramsOf(of: Guard, args: object): unknown {
  if (typeof of !== "object" || !("params" in of)) return undefined;
  return typeof of.params === "function" ? (of.params as Expression)(args) : of.params;
}

export function assigned({ of, fields }: Act, args: { readonly context: Context }, params: unknown): Context {
  const assignment = of.assignment!;
  if (typeof assignment === "function") return { ...args.context, ...(assignment(args, params) as Context) };
  const next: { [field: string]: unknown } = { ...args.context };
  for (const field of fields) {
    const value = assignment[field];
    next[field] = typeof value === "function" ? (value as Expression)(args, params) : value;
  }
  return next;
}

/** "page.*" and "*" stand for "page.pinned". */
export function isWildcardOf(key: string, type: string): boolean {
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

/** The value of XState in which the leaf is active. */
export function valueOf(leaf: Node): string | object {
  const [last, ...outer] = [...leaf.path].reverse();
  if (last === undefined) return {};
  return outer.reduce<string | object>((value, key) => ({ [key]: value }), last);
}
