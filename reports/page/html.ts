/** HTML as text. What stands in it is escaped here, and nowhere else. */

/** Markup that is already escaped. */
export interface Markup {
  readonly markup: string;
}

type Child = string | number | Markup | readonly Child[];
type Attributes = { readonly [name: string]: string | number | boolean | undefined };

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function text(child: Child): string {
  if (typeof child === "string") return escape(child);
  if (typeof child === "number") return String(child);
  return "markup" in child ? child.markup : child.map(text).join("");
}

/** Without content and end tag; in a drawing the slash is what ends them. */
const VOID = new Set(["meta", "input", "path", "rect", "line", "circle"]);

/** An element; an attribute that is undefined or false is left out. */
export function tag(name: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  const shown = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined || value === false ? [] : [value === true ? ` ${key}` : ` ${key}="${escape(String(value))}"`],
  );
  const start = `<${name}${shown.join("")}`;
  return { markup: VOID.has(name) ? `${start}/>` : `${start}>${text(children)}</${name}>` };
}

/** A text that an element holds as it is: a style sheet, or a script. */
export const verbatim = (content: string): Markup => ({ markup: content });
