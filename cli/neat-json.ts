/** JSON for people and for `diff`: what fits on a line stands on one, the rest is broken up and indented. */

/** Characters of a line; one step of a path fits, with everything that it does. */
const WIDTH = 1000;

function lines(value: unknown, indent: string): string {
  const text = JSON.stringify(value);
  if (indent.length + text.length <= WIDTH || typeof value !== "object" || value === null) return text;
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => inner + lines(item, inner));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value).flatMap(([name, field]: [string, unknown]) =>
    field === undefined ? [] : [`${inner}${JSON.stringify(name)}: ${lines(field, inner)}`],
  );
  return `{\n${fields.join(",\n")}\n${indent}}`;
}

/** The text of a file with this value, which is plain JSON. */
export const neatJson = (value: unknown): string => `${lines(value, "")}\n`;
