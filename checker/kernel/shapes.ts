/**
 * Copies of contexts by functions that are made for their fields. V8 copies `{ ...context }` field by field, in 0.1 us each, when
 * the object is itself such a copy; a literal that names the fields takes a tenth of that (decision
 * docs/decisions/0047-fast-copies.md).
 */
export type Context = { readonly [field: string]: unknown };
type Fields = { [field: string]: unknown };

export interface Shape {
  readonly names: readonly string[];
  readonly fields: ReadonlySet<string>;
  /** A new object with the same fields in the same order. */
  readonly copy: (context: Context) => Fields;
  /** The same with what is changed; undefined where a field is another one, or a value a function. */
  readonly merge: Merge;
}

export type Merge = (context: Context, changed: Context) => Fields | undefined;

const known = new Map<string, Shape>();

/** As text of a literal or a read. A literal takes this one name for something else. */
export const quoted = (name: string): string => JSON.stringify(name);
export const property = (name: string): string => (name === "__proto__" ? `[${quoted(name)}]` : quoted(name));

/** Of the fields that the context has. */
export const shapeOf = (context: Context): Shape => shapeWith(Object.keys(context));

export function shapeWith(names: readonly string[]): Shape {
  const text = names.map(quoted).join();
  const found = known.get(text);
  if (found) return found;
  const literal = names.map((name) => `${property(name)}: context[${quoted(name)}]`).join();
  // oxlint-disable-next-line no-implied-eval -- the text is made of names of fields, each quoted
  const copy = new Function("context", `return { ${literal} };`) as Shape["copy"];
  const shape = { names, fields: new Set(names), copy, merge: mergeOf(names) };
  known.set(text, shape);
  return shape;
}

/** How many were made: V8 gives functions of one text what it has learned of each of them. */
let made = 0;

/** A function of its own for each place that merges, so that V8 learns what is changed there. */
export function mergeOf(names: readonly string[]): Merge {
  const reads = names.map((name, k) => {
    const field = quoted(name);
    return `let v${k} = changed[${field}];
      if (v${k} === undefined && !(${field} in changed)) v${k} = context[${field}];
      else if (typeof v${k} === "function") return undefined;
      else left--;`;
  });
  const literal = names.map((name, k) => `${property(name)}: v${k}`).join();
  // oxlint-disable-next-line no-implied-eval -- the text is made of names of fields, each quoted
  return new Function(
    "context",
    "changed",
    `/* ${made++} */ let left = 0;
    for (const field in changed) left++;
    ${reads.join("\n")}
    return left === 0 ? { ${literal} } : undefined;`,
  ) as Merge;
}
