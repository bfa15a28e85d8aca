/** Mutants of a machine file: its text with one change. */
import ts from "typescript";
import { type Change, type Mutate, type Operator } from "./operators/change.ts";
import { cases, targets } from "./operators/cases.ts";
import { guards } from "./operators/guards.ts";
import { lists } from "./operators/lists.ts";
import { steps } from "./operators/steps.ts";
import { flagNotSet, offByOne, wrongCode } from "./operators/values.ts";

export interface Mutant {
  /** Relative to the project, with "/". */
  readonly file: string;
  readonly operator: Operator;
  /** The first character that is changed. */
  readonly start: number;
  /** From 1. */
  readonly line: number;
  /** The text of the line, without what surrounds it. */
  readonly text: string;
  readonly words: string;
  /** The names of what it is in, from the outside: "stageRouter.states.idle.on.begins". Equal lines of a file differ in it. */
  readonly within: string;
  /** The whole file. */
  readonly mutated: string;
}

/** Those of which `npm run mutants:conform` draws. */
const MUTATES: readonly Mutate[] = [steps, offByOne, wrongCode, flagNotSet, guards];
/** Those of which `npm run mutants` draws. */
export const ALL: readonly Mutate[] = [...MUTATES, lists, targets, cases];

/** Words of a machine say what it is, and do nothing. */
const WORDS = new Set(["description", "meta", "id", "types"]);

/** What a knob may be set to says which questions can be asked, and not what happens. */
const isRange = (node: ts.Node, source: ts.SourceFile): boolean =>
  ts.isPropertyAssignment(node) &&
  node.name.getText(source) === "values" &&
  ts.isObjectLiteralExpression(node.initializer) &&
  node.initializer.properties.some((one) => one.name?.getText(source) === "kind");

const isWords = (node: ts.Node, source: ts.SourceFile): boolean =>
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportDeclaration(node) ||
  (ts.isPropertyAssignment(node) && WORDS.has(node.name.getText(source))) ||
  isRange(node, source);

const nameOf = (node: ts.Node, source: ts.SourceFile): string | undefined =>
  ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)
    ? node.name?.getText(source).replaceAll(/["']/g, "")
    : undefined;

type Placed = Change & Pick<Mutant, "within">;

function changes(source: ts.SourceFile, mutates: readonly Mutate[]): readonly Placed[] {
  const found: Placed[] = [];
  const walk = (node: ts.Node, around: readonly string[]): void => {
    if (isWords(node, source)) return;
    const name = nameOf(node, source);
    const names = name === undefined ? around : [...around, name];
    for (const mutate of mutates)
      found.push(...mutate(node, source).map((change) => ({ ...change, within: names.join(".") })));
    ts.forEachChild(node, (child) => walk(child, names));
  };
  walk(source, []);
  return found;
}

/** Why the text of a mutant is no TypeScript; undefined: it is. */
export function brokenBy({ mutated }: Mutant): string | undefined {
  const { diagnostics = [] } = ts.transpileModule(mutated, { reportDiagnostics: true });
  return diagnostics[0] && ts.flattenDiagnosticMessageText(diagnostics[0].messageText, " ");
}

/** All mutants of the file, in the order of the text. */
export function mutantsOf(file: string, text: string, mutates = MUTATES): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
  const lines = text.split("\n");
  return changes(source, mutates).map(({ operator, start, end, becomes, words, within }) => {
    const { line } = source.getLineAndCharacterOfPosition(start);
    const mutated = text.slice(0, start) + becomes + text.slice(end);
    return { file, operator, start, line: line + 1, text: lines[line]!.trim(), words, within, mutated };
  });
}
