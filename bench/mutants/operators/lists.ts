/** Lists of words, such as the steps of an order: one word is dropped, or two neighbours are swapped. */
import ts from "typescript";
import { replaced, short, type Change, type Mutate } from "./change.ts";

/** What is listed under these names says something about the machine, and does nothing. */
const NAMES = new Set(["reads", "kernels", "sources", "files"]);

const isNamed = ({ parent }: ts.Node, source: ts.SourceFile): boolean =>
  ts.isPropertyAssignment(parent) && NAMES.has(parent.name.getText(source));

/** The list that a list is a part of: `[..., ...(closes ? ["opens"] : [])]`. */
function wholeOf(node: ts.Node): ts.Node {
  let { parent } = node;
  while (ts.isParenthesizedExpression(parent) || ts.isConditionalExpression(parent)) ({ parent } = parent);
  return ts.isSpreadElement(parent) && ts.isArrayLiteralExpression(parent.parent) ? wholeOf(parent.parent) : node;
}

/** Steps that a component may take, one event for each word: whichever comes first in the list, any of them may be taken. */
const areEvents = ({ parent }: ts.Node, source: ts.SourceFile): boolean =>
  ts.isPropertyAccessExpression(parent) &&
  /^map\(\(\w+\) => \(\{\s*type: `/.test(source.text.slice(parent.name.getStart(source)));

/** What takes a list of types and asks only whether one is in it. */
const ASK_WHETHER_IN = new Set(["takesSteps", "call", "send", "Set"]);
const isAskedWhetherIn = ({ parent }: ts.Node): boolean =>
  (ts.isCallExpression(parent) || ts.isNewExpression(parent)) &&
  ts.isIdentifier(parent.expression) &&
  ASK_WHETHER_IN.has(parent.expression.text);

export const lists: Mutate = (node, source): readonly Change[] => {
  if (!ts.isArrayLiteralExpression(node) || isNamed(node, source)) return [];
  const { elements } = node;
  const isWord = (one: ts.Node): boolean => ts.isStringLiteral(one);
  if (!elements.some(isWord) || !elements.every((one) => isWord(one) || ts.isSpreadElement(one))) return [];
  const text = (one: ts.Node): string => one.getText(source);
  const dropped = elements.map((one) => replaced("list", one, source, "...[]", `without ${text(one)}`));
  const swapped = (areEvents(wholeOf(node), source) || isAskedWhetherIn(node) ? [] : elements.slice(1)).map(
    (other, k): Change => {
      const one = elements[k]!;
      const between = source.text.slice(one.end, other.getStart(source));
      return {
        operator: "list",
        start: one.getStart(source),
        end: other.end,
        becomes: text(other) + between + text(one),
        words: `${short(text(other))} comes before ${short(text(one))}`,
      };
    },
  );
  return [...dropped, ...swapped];
};
