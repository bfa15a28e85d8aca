/**
 * Which functions of a file run: a call in each says so. What a mutant changes in a function matters only where the function
 * runs.
 */
import ts from "typescript";
import { inserted, type Insert } from "./insert.ts";

/** Calls of the function of this name go into each function, with the file and the character where the function starts. */
export const MARK = "faultlineMark";

type Bodied = ts.FunctionLikeDeclaration & { readonly body: ts.ConciseBody };

const isBodied = (node: ts.Node): node is Bodied =>
  ts.isFunctionLike(node) && "body" in node && node.body !== undefined;

const parsed = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);

/** The text with a call in each function. */
export function marked(file: string, text: string): string {
  const source = parsed(file, text);
  const inserts: Insert[] = [];
  const walk = (node: ts.Node): void => {
    if (isBodied(node)) {
      const call = `globalThis.${MARK}?.(${JSON.stringify(file)}, ${node.getStart(source)})`;
      const { body } = node;
      if (ts.isBlock(body)) inserts.push({ at: body.getStart(source) + 1, text: ` ${call};` });
      else inserts.push({ at: body.getStart(source), text: `(${call}, ` }, { at: body.end, text: ")" });
    }
    ts.forEachChild(node, walk);
  };
  walk(source);
  return inserted(text, inserts);
}

/** Where the innermost function starts that has the character; undefined: it is in none. */
export function functionAt(file: string, text: string, character: number): number | undefined {
  const source = parsed(file, text);
  let found: number | undefined;
  const walk = (node: ts.Node): void => {
    if (character < node.getStart(source) || character >= node.end) return;
    if (isBodied(node)) found = node.getStart(source);
    ts.forEachChild(node, walk);
  };
  walk(source);
  return found;
}
