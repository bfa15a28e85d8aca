/** What the ids stand for by which sources are cited: the entries of docs/sources.md. */

export interface Fact {
  /** "K9", "row 23", "VFIO facts 1.2", "fact 3". */
  readonly id: string;
  readonly text: string;
  /** The headings that it stands under: "Hardware facts", "Sections". */
  readonly under: readonly string[];
}

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
