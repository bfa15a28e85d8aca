/** Dropped steps and swapped order: of the actions of a transition, and of the statements of a function. */
import ts from "typescript";
import { isAssignment, propertyName, replaced, short, type Change, type Mutate } from "./change.ts";

const ACTIONS = new Set(["actions", "entry", "exit"]);

/** A step is a call or an assignment that stands alone: it emits, assigns, queues or changes a draft. */
const isStep = (statement: ts.Node): statement is ts.ExpressionStatement =>
  ts.isExpressionStatement(statement) && ts.isCallExpression(statement.expression);

const swapped = (one: ts.Node, other: ts.Node, source: ts.SourceFile): Change => ({
  operator: "swapped-order",
  start: one.getStart(source),
  end: other.end,
  becomes: other.getText(source) + source.text.slice(one.end, other.getStart(source)) + one.getText(source),
  words: `${short(other.getText(source))} comes before ${short(one.getText(source))}`,
});

/** What XState is asked for: `assign` of `assign(...)`, `enqueue.assign(...)` and `s.assign(...)`. */
function asked(node: ts.Node): { readonly name: string; readonly what: ts.Expression | undefined } | undefined {
  const call = ts.isExpressionStatement(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  const { expression, arguments: given } = call;
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  return ts.isIdentifier(name) ? { name: name.text, what: given[0] } : undefined;
}

/** A function of the event alone: `({ event }) => ...`. */
const isOfEvent = (what: ts.Expression): boolean =>
  ts.isArrowFunction(what) &&
  what.parameters.every(
    ({ name }) =>
      ts.isObjectBindingPattern(name) &&
      name.elements.every((one) => (one.propertyName ?? one.name).getText() === "event"),
  );

/** Its message is made before any action is taken, or of the event alone, so that no assignment beside it can change it. */
function emitsFixed(node: ts.Node): boolean {
  const call = asked(node);
  if (call?.name !== "emit" || call.what === undefined) return false;
  return ts.isObjectLiteralExpression(call.what) || isOfEvent(call.what);
}

/** Methods that change a container of JavaScript, which shares its contents with no other. */
const OWN = new Set(["push", "add", "clear", "delete"]);
/** Those of views of one memory too. */
const WRITES = new Set([...OWN, "set", "fill"]);

interface Write {
  readonly name: string;
  readonly to: string;
  readonly what: string;
}

const isPure = (node: ts.Node): boolean =>
  !ts.isCallExpression(node) &&
  !ts.isNewExpression(node) &&
  !ts.isFunctionLike(node) &&
  !ts.isPrefixUnaryExpression(node) &&
  !ts.isPostfixUnaryExpression(node) &&
  !(ts.isExpression(node) && isAssignment(node)) &&
  ts.forEachChild(node, (child) => !isPure(child)) !== true;

/** What a call such as `names.push(name)` writes, and where; undefined: it may do anything else. */
function written(node: ts.Node): Write | undefined {
  const call = ts.isExpressionStatement(node) ? node.expression : node;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { expression: to, name } = call.expression;
  if (!WRITES.has(name.text) || ![to, ...call.arguments].every(isPure)) return undefined;
  return { name: name.text, to: to.getText(), what: call.arguments.map((one) => one.getText()).join() };
}

/** They write to two places, of which neither reads the other. */
function writeApart(one: ts.Node, other: ts.Node): boolean {
  const [a, b] = [written(one), written(other)];
  if (!a || !b || !(OWN.has(a.name) || OWN.has(b.name))) return false;
  return !(a.to + a.what).includes(b.to) && !(b.to + b.what).includes(a.to);
}

/** Both orders are the same step: an assignment, and a message that does not depend on it; or what is written apart. */
const areApart = (one: ts.Node, other: ts.Node): boolean =>
  (emitsFixed(one) && asked(other)?.name === "assign") ||
  (emitsFixed(other) && asked(one)?.name === "assign") ||
  writeApart(one, other);

/** Neighbours in a list, of the two that both pass. */
const neighbours = (
  nodes: readonly ts.Node[],
  passes: (node: ts.Node) => boolean,
): readonly (readonly [ts.Node, ts.Node])[] =>
  nodes.slice(1).flatMap((node, k) => (passes(nodes[k]!) && passes(node) ? [[nodes[k]!, node] as const] : []));

const swaps = (nodes: readonly ts.Node[], passes: (node: ts.Node) => boolean, source: ts.SourceFile) =>
  neighbours(nodes, passes).flatMap(([one, other]) => (areApart(one, other) ? [] : [swapped(one, other, source)]));

const ofActions: Mutate = (node, source) => {
  if (!ts.isExpression(node) || !ACTIONS.has(propertyName(node, source) ?? "")) return [];
  const dropped = (one: ts.Node, becomes: string): Change =>
    replaced("dropped-step", one, source, becomes, `without ${short(one.getText(source))}`);
  if (!ts.isArrayLiteralExpression(node)) return [dropped(node, "[]")];
  return [...node.elements.map((one) => dropped(one, "...[]")), ...swaps([...node.elements], () => true, source)];
};

const ofStatements: Mutate = (node, source) => {
  if (!ts.isBlock(node)) return [];
  const dropped = node.statements
    .filter(isStep)
    .map((one) => replaced("dropped-step", one, source, ";", `without ${short(one.getText(source))}`));
  return [...dropped, ...swaps([...node.statements], isStep, source)];
};

export const steps: Mutate = (node, source) => [...ofActions(node, source), ...ofStatements(node, source)];
