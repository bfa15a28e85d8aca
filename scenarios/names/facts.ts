/** What the ids stand for by which sources are cited: the entries of docs/sources.md. */

import { rows } from "../thread/index.ts";

export interface Fact {
  /** "K9", "row 23", "VFIO facts 1.2", "fact 3". */
  readonly id: string;
  readonly text: string;
  /** The headings that it stands under: "Hardware facts", "Sections". */
  readonly under: readonly string[];
}

/** The numbered claims and questions of the RFC thread: "row 23". */
export const rowFacts: readonly Fact[] = rows.map(({ row, said, messages }) => ({
  id: `row ${row}`,
  text: `${said} (RFC thread, ${messages.join(", ")})`,
  under: ["VFIO facts", "RFC thread"],
}));

/** The lines "- K9: ..." of the page, in its order. */
export function factsOf(page: string): readonly Fact[] {
  const facts: Fact[] = [];
  let under: readonly string[] = [];
  for (const line of page.split("\n")) {
    const [, marks, heading] = /^(#+) (.+)$/.exec(line) ?? [];
    if (marks !== undefined && heading !== undefined)
      under = marks.length === 1 ? [] : [...under.slice(0, marks.length - 2), heading];
    const [, id, text] = /^- ([^:]+): (.+)$/.exec(line) ?? [];
    if (id !== undefined && text !== undefined) facts.push({ id, text, under });
  }
  return facts;
}

/** Ids of facts that a text cites: "I-28", "H1b", "row 23" of "rows 22, 23", "VFIO facts 1.2", "fact 3". */
export function idsCitedIn(text: string): readonly string[] {
  const ids = text.match(/(?<![\w-])(?:[BDI]-\d\d|[BDFGHIKLNOPSU][1-9]\d?[a-c]?)(?![\w-])/g) ?? [];
  const rows = [...text.matchAll(/\brows? (\d+(?:(?:-|, | and |, and )\d+)*)/g)].flatMap(([, list = ""]) =>
    list.split(/, and |, | and /).flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, k) => `row ${from + k}`);
    }),
  );
  const sections = text.match(/\b(?:VFIO facts|iopf-core|hardware facts),? \d\.\d+/g) ?? [];
  const facts = text.match(/\bfacts? ([1-9]|10)\b(?!\.)/g) ?? [];
  return [...new Set([...ids, ...rows, ...sections.map((one) => one.replace(",", "")), ...facts])];
}
