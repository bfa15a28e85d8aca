/** Tables in plain text. */

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Longer cells are broken at blanks; the last column takes what is left. */
  readonly most?: number;
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

/** An item "- value: what it means" hangs its further lines under its text. */
const hung = (text: string, width: number): readonly string[] =>
  text.startsWith("- ")
    ? wrap(text.slice(2), width - 2).map((line, k) => (k === 0 ? `- ${line}` : `  ${line}`))
    : wrap(text, width);

/** The last column is not made narrower than this, as long as it has longer cells. */
const NARROWEST = 24;

/** For each row a block of lines, each with the title of a column and its cell. */
function blocks(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const titles = Math.max(...columns.map(({ title }) => title.length));
  const block = (row: readonly string[]): string =>
    columns
      .flatMap(({ title }, k) => {
        const text = row[k] ?? "";
        if (text === "") return [];
        const lines = wrap(text, Math.max(1, width - titles - 2));
        return lines.map((line, n) => `${(n === 0 ? title : "").padEnd(titles)}  ${line}`);
      })
      .join("\n");
  return rows.map(block).join("\n\n");
}

/**
 * Columns two blanks apart; the last one is wrapped at `width`. Where too little is left for it, it stands below each
 * row; where the others do not fit either, each row is a block of lines. No trailing blanks.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = 120): string {
  const cell = (text: string, k: number): readonly string[] => {
    const { most } = columns[k]!;
    return most === undefined ? [text] : wrap(text, most);
  };
  const last = columns.length - 1;
  const widths = columns.map(({ title }, k) =>
    Math.max(title.length, ...rows.flatMap((row) => cell(row[k] ?? "", k).map((line) => line.length))),
  );
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0);
  const isBeside = before + Math.min(widths[last]!, NARROWEST) <= width;
  if (!isBeside && before - 2 > width) return blocks(columns, rows, width);
  const room = isBeside ? width - before : width - 2;
  const pad = (text: string, k: number): string =>
    columns[k]?.align === "right" ? text.padStart(widths[k]!) : text.padEnd(widths[k]!);
  const print = (row: readonly string[]): string[] => {
    const cells = columns.map((_, k) => (k === last ? hung(row[k] ?? "", room) : cell(row[k] ?? "", k)));
    const below = isBeside ? [] : cells.pop()!.flatMap((line) => (line === "" ? [] : [`  ${line}`]));
    const height = Math.max(...cells.map((lines) => lines.length));
    const beside = Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, k) => (k === last ? (lines[line] ?? "") : pad(lines[line] ?? "", k)))
        .join("  ")
        .trimEnd(),
    );
    return [...beside, ...below];
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
