/** Two statements that write to containers which share nothing: either order is the same. */
import ts from "typescript";
import { isAssignment } from "./change.ts";

/** Methods that change a container of JavaScript, which shares its contents with no other. */
const OWN = new Set(["push", "add", "clear", "delete"]);
/** Those of views of one memory too. */
const WRITES = new Set([...OWN, "set", "fill"]);

interface Write {
  readonly name: string;
  readonly to: string;
  readonly what: string;
}

const isPure = (node: ts.Node): boolean =>
  !ts.isCallExpression(node) &&
  !ts.isNewExpression(node) &&
  !ts.isFunctionLike(node) &&
  !ts.isPrefixUnaryExpression(node) &&
  !ts.isPostfixUnaryExpression(node) &&
  !(ts.isExpression(node) && isAssignment(node)) &&
  ts.forEachChild(node, (child) => !isPure(child)) !== true;

/** What a call such as `names.push(name)` writes, and where; undefined: it may do anything else. */
function written(node: ts.Node): Write | undefined {
  const call = ts.isExpressionStatement(node) ? node.expression : node;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { expression: to, name } = call.expression;
  if (!WRITES.has(name.text) || ![to, ...call.arguments].every(isPure)) return undefined;
  return { name: name.text, to: to.getText(), what: call.arguments.map((one) => one.getText()).join() };
}

/** They write to two places, of which neither reads the other. */
export function writeApart(one: ts.Node, other: ts.Node): boolean {
  const [a, b] = [written(one), written(other)];
  if (!a || !b || !(OWN.has(a.name) || OWN.has(b.name))) return false;
  return !(a.to + a.what).includes(b.to) && !(b.to + b.what).includes(a.to);
}
