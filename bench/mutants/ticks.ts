/** Counts the rounds of loops: a mutant that never ends is found by a count, which is the same on every machine. */
import ts from "typescript";
import { TICK } from "./tick.ts";
import { inserted, type Insert } from "./insert.ts";

const CALL = `globalThis.${TICK}?.();`;

const mayNotEnd = (node: ts.Node): node is ts.WhileStatement | ts.DoStatement | ts.ForStatement =>
  ts.isWhileStatement(node) || ts.isDoStatement(node) || ts.isForStatement(node);

/** The text with a count in every loop; undefined: it has none. */
export function counted(text: string): string | undefined {
  if (!/\b(?:while|for)\b/.test(text)) return undefined;
  const source = ts.createSourceFile("counted.ts", text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
  const inserts: Insert[] = [];
  const walk = (node: ts.Node): void => {
    if (mayNotEnd(node)) {
      const { statement } = node;
      inserts.push({ at: statement.getStart(source), text: `{ ${CALL} ` }, { at: statement.end, text: " }" });
    }
    ts.forEachChild(node, walk);
  };
  walk(source);
  return inserts.length === 0 ? undefined : inserted(text, inserts);
}
