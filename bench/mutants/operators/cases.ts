/** Of a state: an event that is no longer taken, and a transition that leads to another state of the same machine. */
import ts from "typescript";
import { propertyName, replaced, short, type Change, type Mutate } from "./change.ts";

const named = (object: ts.ObjectLiteralExpression, source: ts.SourceFile): readonly string[] =>
  object.properties.flatMap((one) => (one.name ? [one.name.getText(source)] : []));

/** The names of the states among which a transition chooses: those of the nearest `states` around it. */
function statesAround(node: ts.Node, source: ts.SourceFile): readonly string[] {
  for (let at = node; at.parent; at = at.parent)
    if (ts.isObjectLiteralExpression(at) && propertyName(at, source) === "states") return named(at, source);
  return [];
}

/** `target: "busy"`, and `begins: "busy"` below `on`. */
const isTarget = (node: ts.StringLiteral, source: ts.SourceFile): boolean =>
  propertyName(node, source) === "target" ||
  (ts.isPropertyAssignment(node.parent) &&
    node.parent.initializer === node &&
    propertyName(node.parent.parent, source) === "on");

export const targets: Mutate = (node, source): readonly Change[] => {
  if (!ts.isStringLiteral(node) || !node.parent || !isTarget(node, source)) return [];
  const states = statesAround(node, source).map((name) => name.replaceAll(/["']/g, ""));
  const at = states.indexOf(node.text);
  const other = states[(at + 1) % states.length];
  if (at < 0 || other === undefined || other === node.text) return [];
  return [replaced("target", node, source, JSON.stringify(other), `target ${node.getText(source)} becomes "${other}"`)];
};

export const cases: Mutate = (node, source): readonly Change[] => {
  if (!ts.isObjectLiteralExpression(node) || propertyName(node, source) !== "on") return [];
  return node.properties.map((one) => replaced("case", one, source, "...{}", `without ${short(one.getText(source))}`));
};
