/**
 * Two actions of which either order is the same step: an assignment, and a message that reads nothing of what is assigned. XState
 * makes the messages of a step one after the other, and each is sent when the step is taken.
 */
import ts from "typescript";

type Names = ReadonlySet<string>;

const NONE: Names = new Set();

/** What XState is asked for: `assign` of `assign(...)`, `enqueue.assign(...)` and `s.assign(...)`. */
function asked(node: ts.Node): { readonly name: string; readonly what: ts.Expression | undefined } | undefined {
  const call = ts.isExpressionStatement(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  const { expression, arguments: given } = call;
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  return ts.isIdentifier(name) ? { name: name.text, what: given[0] } : undefined;
}

/** The value of the constant, or of the action of `setup({ actions: { ... } })`, that has the name. */
function valueOf(name: string, source: ts.SourceFile): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const walk = (node: ts.Node): void => {
    const isNamed =
      ts.isVariableDeclaration(node) ||
      (ts.isPropertyAssignment(node) &&
        ts.isPropertyAssignment(node.parent.parent) &&
        node.parent.parent.name.getText(source) === "actions");
    if (isNamed && node.name.getText(source) === name) found ??= node.initializer;
    ts.forEachChild(node, walk);
  };
  walk(source);
  return found;
}

/** What a name stands for, and what a function gives that is called: `tells`, `"tells"`, and `tells("all")`. */
function actionOf(node: ts.Node, source: ts.SourceFile): ts.Node {
  if (ts.isIdentifier(node) || ts.isStringLiteral(node)) return valueOf(node.text, source) ?? node;
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return node;
  const made = valueOf(node.expression.text, source);
  return made && ts.isArrowFunction(made) && !ts.isBlock(made.body) ? made.body : node;
}

/** The fields of what is called `name`, where nothing else is done with it; undefined: something is. */
function fieldsOf(name: string, body: ts.Node): Names | undefined {
  const fields = new Set<string>();
  let isWhole = false;
  const walk = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name) {
      const { parent } = node;
      const isField = ts.isPropertyAccessExpression(parent) && parent.expression === node;
      if (isField) fields.add(parent.name.text);
      // `event.context` and `{ context: 1 }` only have the name.
      else if (!(ts.isPropertyAccessExpression(parent) || (ts.isPropertyAssignment(parent) && parent.name === node)))
        isWhole = true;
    }
    ts.forEachChild(node, walk);
  };
  walk(body);
  return isWhole ? undefined : fields;
}

/** The fields of the context that a function reads; undefined: it may read any. */
function readBy({ parameters: [first], body }: ts.ArrowFunction): Names | undefined {
  if (!first) return NONE;
  if (!ts.isObjectBindingPattern(first.name)) return undefined;
  if (first.name.elements.some(({ dotDotDotToken }) => dotDotDotToken)) return undefined;
  const context = first.name.elements.find((one) => (one.propertyName ?? one.name).getText() === "context");
  if (!context) return NONE;
  if (ts.isIdentifier(context.name)) return fieldsOf(context.name.text, body);
  if (!ts.isObjectBindingPattern(context.name)) return undefined;
  const { elements } = context.name;
  return elements.some(({ dotDotDotToken }) => dotDotDotToken)
    ? undefined
    : new Set(elements.map((one) => (one.propertyName ?? one.name).getText()));
}

/** The fields of the context that a message is made of; undefined: it is no message, or may be made of any. */
function readForMessage(node: ts.Node): Names | undefined {
  const call = asked(node);
  if (call?.name !== "emit" || call.what === undefined) return undefined;
  // It is made before any action is taken.
  if (ts.isObjectLiteralExpression(call.what)) return NONE;
  return ts.isArrowFunction(call.what) ? readBy(call.what) : undefined;
}

/** The fields that are assigned; "any": they are not listed; undefined: it is no assignment. */
function assignedBy(node: ts.Node, source: ts.SourceFile): Names | "any" | undefined {
  const call = asked(node);
  if (call?.name !== "assign") return undefined;
  const { what } = call;
  const made = what && ts.isArrowFunction(what) && !ts.isBlock(what.body) ? what.body : what;
  return made ? fieldsIn(made, source) : "any";
}

/** The fields of a record, or of one of two. */
function fieldsIn(made: ts.Expression, source: ts.SourceFile): Names | "any" {
  if (ts.isParenthesizedExpression(made)) return fieldsIn(made.expression, source);
  if (ts.isConditionalExpression(made)) {
    const [one, other] = [fieldsIn(made.whenTrue, source), fieldsIn(made.whenFalse, source)];
    return one === "any" || other === "any" ? "any" : new Set([...one, ...other]);
  }
  if (!ts.isObjectLiteralExpression(made)) return "any";
  const isListed = made.properties.every((one) => one.name && !ts.isComputedPropertyName(one.name));
  return isListed ? new Set(made.properties.map((one) => one.name!.getText(source))) : "any";
}

function isBeside(message: ts.Node, assignment: ts.Node, source: ts.SourceFile): boolean {
  const read = readForMessage(message);
  const assigned = assignedBy(assignment, source);
  if (read === undefined || assigned === undefined) return false;
  return read.size === 0 || (assigned !== "any" && [...read].every((field) => !assigned.has(field)));
}

export function areApart(one: ts.Node, other: ts.Node, source: ts.SourceFile): boolean {
  const [a, b] = [actionOf(one, source), actionOf(other, source)];
  return isBeside(a, b, source) || isBeside(b, a, source);
}
