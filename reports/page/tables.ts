/** Tables of a page. */
import { tag, type Markup } from "./html.ts";

type Cell = string | Markup | readonly (string | Markup)[];

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Has long texts, and needs some width. */
  readonly isLong?: boolean;
}

/** A table that scrolls within the page where it is too wide; `label` names it for those who do not see it. */
export function tableOf(label: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup {
  const classOf = ({ isNumber, isLong }: Column): string | undefined =>
    isNumber === true ? "number" : isLong === true ? "long" : undefined;
  const head = columns.map((column) => tag("th", { scope: "col", class: classOf(column) }, column.title));
  const body = rows.map((cells) =>
    tag(
      "tr",
      {},
      cells.map((cell, k) => tag("td", { class: classOf(columns[k]!) }, cell)),
    ),
  );
  return tag(
    "div",
    { class: "wide", role: "region", "aria-label": label, tabindex: 0 },
    tag("table", {}, tag("thead", {}, tag("tr", {}, head)), tag("tbody", {}, body)),
  );
}

/** A part of the page with a heading, which a link can name. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: readonly Markup[];
}

/** Those that have content, below links to them. */
export function sectionsOf(all: readonly Section[]): readonly Markup[] {
  const shown = all.filter(({ content }) => content.length > 0);
  const links = shown.map(({ id, title }) => link(`#${id}`, title));
  return [
    tag("nav", { class: "bar", "aria-label": "Sections" }, links),
    ...shown.flatMap(({ id, title, content }) => [tag("h2", { id }, title), ...content]),
  ];
}

export const paragraph = (...words: readonly (string | Markup)[]): Markup => tag("p", {}, words);

export const list = (entries: readonly (string | Markup | readonly (string | Markup)[])[]): readonly Markup[] =>
  entries.length > 0
    ? [
        tag(
          "ul",
          {},
          entries.map((entry) => tag("li", {}, entry)),
        ),
      ]
    : [];

export const link = (to: string, words: string): Markup => tag("a", { href: to }, words);
