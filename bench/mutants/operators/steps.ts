/** Dropped steps and swapped order: of the actions of a transition, and of the statements of a function. */
import ts from "typescript";
import { areApart } from "./apart.ts";
import { propertyName, replaced, short, type Change, type Mutate } from "./change.ts";
import { writeApart } from "./writes.ts";

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

/** Neighbours in a list, of the two that both pass. */
const neighbours = (
  nodes: readonly ts.Node[],
  passes: (node: ts.Node) => boolean,
): readonly (readonly [ts.Node, ts.Node])[] =>
  nodes.slice(1).flatMap((node, k) => (passes(nodes[k]!) && passes(node) ? [[nodes[k]!, node] as const] : []));

const swaps = (nodes: readonly ts.Node[], passes: (node: ts.Node) => boolean, source: ts.SourceFile) =>
  neighbours(nodes, passes).flatMap(([one, other]) =>
    areApart(one, other, source) || writeApart(one, other) ? [] : [swapped(one, other, source)],
  );

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
