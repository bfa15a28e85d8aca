/** Guards that are negated or dropped, and conditions that are negated. */
import ts from "typescript";
import { propertyName, replaced, short, type Mutate } from "./change.ts";

const isGuard = (node: ts.Node, source: ts.SourceFile): boolean =>
  propertyName(node, source) === "guard" ||
  // Of setup({ guards: { ... } }).
  (ts.isPropertyAssignment(node.parent) &&
    node.parent.initializer === node &&
    propertyName(node.parent.parent, source) === "guards");

const ofGuard: Mutate = (node, source) => {
  if (!ts.isExpression(node) || !node.parent || !isGuard(node, source)) return [];
  const text = node.getText(source);
  const negated =
    ts.isArrowFunction(node) || ts.isIdentifier(node)
      ? [replaced("guard", node, source, `(...all) => !(${text})(...all)`, `not ${short(text)}`)]
      : [];
  const dropped = replaced("guard", node, source, "() => true", `without the guard ${short(text)}`);
  return [...negated, dropped];
};

const ofCondition: Mutate = (node, source) => {
  if (!ts.isIfStatement(node) && !ts.isConditionalExpression(node)) return [];
  const condition = ts.isIfStatement(node) ? node.expression : node.condition;
  const text = condition.getText(source);
  return [replaced("guard", condition, source, `!(${text})`, `not ${short(text)}`)];
};

const CONNECTIVES = new Set([ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken]);

/** Of two conditions, one is dropped. */
const ofConnective: Mutate = (node, source) => {
  if (!ts.isBinaryExpression(node) || !CONNECTIVES.has(node.operatorToken.kind)) return [];
  const only = ({ left, right }: ts.BinaryExpression, isLeft: boolean): string =>
    (isLeft ? left : right).getText(source);
  return [false, true].map((isLeft) =>
    replaced("guard", node, source, only(node, isLeft), `without ${short(only(node, !isLeft))}`),
  );
};

export const guards: Mutate = (node, source) => [
  ...ofGuard(node, source),
  ...ofCondition(node, source),
  ...ofConnective(node, source),
];
