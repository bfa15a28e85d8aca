/**
 * Lines for people, as wide as whoever looks at them has room. A text is broken where it is too long; what lays itself out (a
 * paragraph, a table, a chart) is told the width. Without a width all is as wide as a mail or a kept file wants it.
 */
import { wrap } from "./table.ts";

export type Line = string | ((columns: number | undefined) => readonly string[]);

/** A word has so much room, however narrow the line is. */
const NARROWEST = 20;

/** The width that there is, and at most this. */
export const within = (columns: number | undefined, most: number): number => Math.min(most, columns ?? most);

/** A paragraph of at most `most` characters a line behind `first`; its further lines behind `rest`. */
export const paragraph =
  (text: string, most: number, first = "", rest = first): Line =>
  (columns = Infinity) =>
    wrap(text, Math.min(most, Math.max(NARROWEST, columns - Math.max(first.length, rest.length)))).map(
      (line, k) => (k === 0 ? first : rest) + line,
    );

/** What lays itself out as one text: a table, a chart. */
export const drawn =
  (draw: (columns: number | undefined) => string): Line =>
  (columns) =>
    draw(columns).split("\n");

/** A command is copied, so it stays on one line. What stands beside one, or ends with a full stop, is no command. */
const COMMAND = /^(?!.*\S {2,}\S).*(?:^\s*|: )(?:\$ )?(?:npx|npm|node|git|faultline) \S[^.]*(?:\.\w+[^.]*)*$/;

/** How long the heading of a line is, with the two blanks or more behind it; 0 without a heading. */
export const headingOf = (line: string): number => /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(line)?.[0].length ?? 0;

/** Where the further lines of a long one begin: below its text, which stands behind "- ", a number or a heading. */
function margin(line: string, columns: number): number {
  const [front, indent = ""] = /^( *)(?:- |\d+[.)]? +)?/.exec(line)!;
  const heading = headingOf(line);
  const below = indent.length + 2;
  const hung = heading > front.length ? heading : Math.max(front.length, below);
  return hung <= columns / 2 ? hung : below;
}

/** The line broken at blanks; a word that has no room is left whole. */
function broken(line: string, columns: number): readonly string[] {
  if (line.length <= columns || COMMAND.test(line)) return [line];
  const blanks = " ".repeat(margin(line, columns));
  const lines: string[] = [];
  let current = "";
  for (const [part] of line.matchAll(/ *[^ ]+ */g)) {
    if (current.trimEnd().length > blanks.length && current.length + part.trimEnd().length > columns) {
      lines.push(current.trimEnd());
      current = blanks + part.trimStart();
    } else current += part;
  }
  return [...lines, current.trimEnd()];
}

/** Lines for this width; without one no text is broken. */
export const laid = (lines: readonly Line[], columns?: number): readonly string[] =>
  lines.flatMap((line) => {
    if (typeof line !== "string") return line(columns);
    return columns === undefined ? [line] : broken(line, columns);
  });

/** A finished text for this width. */
export const fitted = (text: string, columns: number | undefined): string => laid(text.split("\n"), columns).join("\n");
