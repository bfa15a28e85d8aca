/**
 * Why nothing notices a change within a rule that no run can take: `properties/gaps/never.ts` has such rules with their reasons,
 * and a test holds that no run of the suite takes them.
 */
import ts from "typescript";
import { never } from "../../../properties/gaps/never.ts";
import type { Mutant } from "../mutants.ts";
import { textOf } from "../sources.ts";

const keyOf = (node: ts.PropertyAssignment): string => node.name.getText().replaceAll(/^["']|["']$/g, "");

/** From the outside: what lies around the first changed character. */
function around(source: ts.SourceFile, start: number): readonly ts.Node[] {
  const nodes: ts.Node[] = [];
  const walk = (node: ts.Node): void => {
    if (start < node.getStart(source) || start >= node.end) return;
    nodes.push(node);
    ts.forEachChild(node, walk);
  };
  walk(source);
  return nodes;
}

/** The configuration of a machine: the first argument of `createMachine()`. */
const isMachine = (node: ts.Node): node is ts.ObjectLiteralExpression =>
  ts.isObjectLiteralExpression(node) &&
  ts.isCallExpression(node.parent) &&
  /(?:^|[.])createMachine$/.test(node.parent.expression.getText()) &&
  node.parent.arguments[0] === node;

interface Rules {
  readonly machine: string;
  /** As `npm run rules` prints them: one, or all alternatives of an event. */
  readonly rules: readonly string[];
}

const alternatives = (rule: string, count: number): readonly string[] =>
  count === 1 ? [rule] : Array.from({ length: count }, (_, k) => `${rule} (${k + 1} of ${count})`);

/** What the change lies in; undefined: it is no rule that stands in the file with its state and event. */
function rulesAt(source: ts.SourceFile, start: number): Rules | undefined {
  const nodes = around(source, start);
  const at = nodes.findLastIndex(isMachine);
  if (at < 0) return undefined;
  const id = (nodes[at] as ts.ObjectLiteralExpression).properties.find(
    (one): one is ts.PropertyAssignment => ts.isPropertyAssignment(one) && keyOf(one) === "id",
  );
  if (!id || !ts.isStringLiteral(id.initializer)) return undefined;
  const inside = nodes.slice(at + 1);
  const properties = inside.filter(ts.isPropertyAssignment);
  const keys = properties.map(keyOf);
  const on = keys.indexOf("on");
  const event = properties[on + 1];
  if (on < 0 || !event) return undefined;
  // "states", a name, "states", a name ... "on".
  const path = keys.slice(0, on);
  if (path.length % 2 === 1 || path.some((key, k) => k % 2 === 0 && key !== "states")) return undefined;
  const states = path.filter((_, k) => k % 2 === 1).join(".");
  const rule = `${states === "" ? "" : `${states}: `}${keyOf(event)}`;
  const machine = id.initializer.text;
  const list = event.initializer;
  // Another guard may be true where this one never is.
  if (keys.slice(on + 2).includes("guard")) return undefined;
  if (!ts.isArrayLiteralExpression(list)) return { machine, rules: [rule] };
  if (list.elements.some(ts.isSpreadElement)) return undefined;
  const all = alternatives(rule, list.elements.length);
  const one = list.elements.findIndex((element) => inside.includes(element));
  return { machine, rules: one < 0 ? all : [all[one]!] };
}

/** The reason why no run takes what was changed; undefined: none is listed. */
export function neverTaken({ file, start }: Mutant): string | undefined {
  const text = textOf(file);
  const found = rulesAt(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS), start);
  if (!found) return undefined;
  const reasonOf = (rule: string): string | undefined =>
    never.find((excuse) => excuse.never?.[found.machine]?.includes(rule))?.reason;
  const reasons = found.rules.map(reasonOf);
  return reasons.includes(undefined) ? undefined : `no run takes it: ${[...new Set(reasons)].join("; ")}`;
}
