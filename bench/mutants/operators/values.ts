/** Off by one, wrong codes, and flags that are not set. */
import ts from "typescript";
import { isAssignment, replaced, short, type Change, type Mutate } from "./change.ts";

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
]);

export const offByOne: Mutate = (node, source) => {
  if (ts.isNumericLiteral(node)) {
    const value = Number(node.text);
    return [value + 1, ...(value > 0 ? [value - 1] : [])].map((other) =>
      replaced("off-by-one", node, source, `${other}`),
    );
  }
  const other = ts.isBinaryExpression(node) ? COMPARISONS.get(node.operatorToken.getText(source)) : undefined;
  if (other === undefined || !ts.isBinaryExpression(node)) return [];
  return [replaced("off-by-one", node.operatorToken, source, other, `${short(node.getText(source))} with ${other}`)];
};

/** Codes of a page response, each with another one. */
const RESPONSES: ReadonlyMap<string, string> = new Map([
  ["success", "invalid"],
  ["invalid", "failure"],
  ["failure", "success"],
]);
const ERRNO = /^(?:OK|E[A-Z]{3,})$/;

/** In the place of each errno stands one that no function of Linux returns there. */
const ERRNO_INSTEAD = "-71";

export const wrongCode: Mutate = (node, source) => {
  if (ts.isStringLiteral(node)) {
    const other = RESPONSES.get(node.text);
    return other === undefined ||
      (ts.isPropertyName(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node)
      ? []
      : [replaced("wrong-code", node, source, JSON.stringify(other))];
  }
  if (!ts.isIdentifier(node) || !ERRNO.test(node.text)) return [];
  const { parent } = node;
  const isDeclared = ts.isVariableDeclaration(parent) && parent.name === node;
  if (isDeclared || ts.isPropertyAccessExpression(parent) || ts.isImportSpecifier(parent)) return [];
  if (ts.isShorthandPropertyAssignment(parent) || (ts.isPropertyAssignment(parent) && parent.name === node)) return [];
  return [replaced("wrong-code", node, source, `(${ERRNO_INSTEAD})`)];
};

/** What assign() of XState is given. */
const isAssigned = ({ parent }: ts.ObjectLiteralExpression, source: ts.SourceFile): boolean =>
  ts.isCallExpression(parent) && /(?:^|[.])assign$/.test(parent.expression.getText(source));

export const flagNotSet: Mutate = (node, source): readonly Change[] => {
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
    return [replaced("flag-not-set", node, source, node.kind === ts.SyntaxKind.TrueKeyword ? "false" : "true")];
  const without = (one: ts.Node, becomes: string): Change =>
    replaced("flag-not-set", one, source, becomes, `without ${short(one.getText(source))}`);
  if (ts.isExpressionStatement(node) && isAssignment(node.expression)) return [without(node, ";")];
  if (ts.isObjectLiteralExpression(node) && isAssigned(node, source))
    return node.properties.map((one) => without(one, "...{}"));
  return [];
};
