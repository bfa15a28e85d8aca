/**
 * Copies of contexts by a function that is made for their fields. V8 copies `{ ...context }` field by field, in 0.1 us each, when
 * the object is itself such a copy; a literal that names the fields takes a tenth of that (decision
 * docs/decisions/0047-fast-copies.md).
 */
export type Context = { readonly [field: string]: unknown };

export interface Shape {
  readonly fields: ReadonlySet<string>;
  /** A new object with the same fields in the same order. */
  readonly copy: (context: Context) => { [field: string]: unknown };
}

const known = new Map<string, Shape>();

/** Of the fields that the context has. */
export function shapeOf(context: Context): Shape {
  const names = Object.keys(context).map((name) => JSON.stringify(name));
  const text = names.join();
  const found = known.get(text);
  if (found) return found;
  const literal = names.map((name) => `[${name}]: context[${name}]`).join();
  // oxlint-disable-next-line no-implied-eval -- the text is made of names of fields, each quoted
  const copy = new Function("context", `return { ${literal} };`) as Shape["copy"];
  const shape = { fields: new Set(Object.keys(context)), copy };
  known.set(text, shape);
  return shape;
}
