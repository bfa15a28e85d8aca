/** What an operator of mutation gives: one place of a source text, and what stands there instead. */
import ts from "typescript";

export const OPERATORS = [
  "dropped-step",
  "swapped-order",
  "off-by-one",
  "wrong-code",
  "flag-not-set",
  "guard",
  "list",
  "target",
  "case",
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Change {
  readonly operator: Operator;
  /** Characters of the text, from `start` up to `end`, that are replaced. */
  readonly start: number;
  readonly end: number;
  readonly becomes: string;
  /** The change in a few words. */
  readonly words: string;
}

/** Gives the changes of one node of a syntax tree; those of its children are asked for separately. */
export type Mutate = (node: ts.Node, source: ts.SourceFile) => readonly Change[];

/** The node is replaced. */
export const replaced = (
  operator: Operator,
  node: ts.Node,
  source: ts.SourceFile,
  becomes: string,
  words = `${short(node.getText(source))} becomes ${short(becomes)}`,
): Change => ({ operator, start: node.getStart(source), end: node.end, becomes, words });

/** The text on one line, cut. */
export function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

/** The name of a property that a node is the value of, such as `guard`. */
export function propertyName(node: ts.Node, source: ts.SourceFile): string | undefined {
  const { parent } = node;
  return parent && ts.isPropertyAssignment(parent) && parent.initializer === node
    ? parent.name.getText(source)
    : undefined;
}

export const isAssignment = (node: ts.Expression): boolean =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
  node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
