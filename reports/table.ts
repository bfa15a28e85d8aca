/** Tables in plain text. */

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Breaks a text at blanks into lines of at most `width` characters; longer words are cut. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const whole of text.split(" ")) {
    let word = whole;
    if (line !== "" && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width));
    line = word;
  }
  return [...lines, line];
}

/** Columns two blanks apart; the last one is wrapped at `width` (but never narrower than 24 characters). No trailing blanks. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = 120): string {
  const last = columns.length - 1;
  const widths = columns.map(({ title }, k) => Math.max(title.length, ...rows.map((row) => row[k]?.length ?? 0)));
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0);
  const room = Math.max(24, width - before);
  const pad = (text: string, k: number): string =>
    columns[k]?.align === "right" ? text.padStart(widths[k]!) : text.padEnd(widths[k]!);
  const print = (row: readonly string[]): string[] => {
    const [first = "", ...rest] = wrap(row[last] ?? "", room);
    const head = row.slice(0, last).map(pad);
    return [[...head, first].join("  "), ...rest.map((more) => " ".repeat(before) + more)].map((line) =>
      line.trimEnd(),
    );
  };
  return [print(columns.map(({ title }) => title)), ...rows.map(print)].flat().join("\n");
}

/** A table of GitHub-flavoured Markdown. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === "right" ? "--:" : "---"))),
    ...rows.map(line),
  ].join("\n");
}
