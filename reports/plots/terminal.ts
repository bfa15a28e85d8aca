/** A figure as plain text for a terminal or a mail: at most 78 columns, or as many as there are, a letter for each series. */
import type { Figure, FigurePoint } from "../../checker/measure/figure.ts";
import { laid, within } from "../lines.ts";
import { scalesOf, tickWords } from "./scale.ts";

/** Of a whole line; so many are left of the places for points, and right of them for the end of a number. */
const WIDEST = 78;
const AROUND = 14;
const ROWS = 16;
const GUTTER = 8;
const LETTERS = "abcdefghij";

/** Two series in one place, and a mark. */
const BOTH = "*";
const MARK = ":";

type Grid = string[][];

/** A letter wins over nothing, a mark and the dots of a line; two letters in one place are a star. */
function put(grid: Grid, column: number, row: number, sign: string): void {
  const line = grid[Math.min(ROWS, Math.max(0, row))]!;
  const there = line[column]!;
  const isLetter = LETTERS.includes(there) || there === BOTH;
  if (sign === MARK || sign === ".") {
    if (there === " " || (there === MARK && sign === ".")) line[column] = sign;
  } else line[column] = isLetter && there !== sign ? BOTH : sign;
}

export function figureText(figure: Figure, columns?: number): string {
  const wide = within(columns, WIDEST) - AROUND;
  const { title, x, y, series, marks = [] } = figure;
  const scales = scalesOf(figure);
  const grid: Grid = Array.from({ length: ROWS + 1 }, () => Array<string>(wide + 1).fill(" "));
  const column = (value: number): number => Math.round(scales.x.place(value) * wide);
  const row = (value: number): number => ROWS - Math.round(scales.y.place(value) * ROWS);
  for (const mark of marks) for (let k = 0; k <= ROWS; k++) put(grid, column(mark.x), k, MARK);
  for (const { points } of series) for (const [k, to] of points.entries()) if (k > 0) between(points[k - 1]!, to);
  for (const [k, { points }] of series.entries())
    for (const point of points) put(grid, column(point.x), row(point.y), LETTERS[k % LETTERS.length]!);

  /** A dot in each column of the way: straight on the paper. */
  function between(from: FigurePoint, to: FigurePoint): void {
    const [begin, end] = [column(from.x), column(to.x)];
    const [low, high] = [scales.y.place(from.y), scales.y.place(to.y)];
    for (let at = begin + 1; at < end; at++) {
      const height = low + ((high - low) * (at - begin)) / (end - begin);
      put(grid, at, ROWS - Math.round(height * ROWS), ".");
    }
  }

  const tickRows = new Map(scales.y.ticks.map((tick) => [row(tick), tickWords(tick)]));
  const labels = Array<string>(GUTTER + wide + 8).fill(" ");
  for (const tick of scales.x.ticks) {
    const words = tickWords(tick);
    const begin = Math.max(0, GUTTER + column(tick) - Math.floor(words.length / 2));
    if (labels.slice(Math.max(0, begin - 1), begin + words.length + 1).some((sign) => sign !== " ")) continue;
    for (const [k, sign] of words.split("").entries()) labels[begin + k] = sign;
  }
  const axis = `${" ".repeat(GUTTER - 1)}+${"-".repeat(wide + 1)}`;
  const lines = [
    title,
    "",
    `  ${y.label}`,
    ...grid.map((cells, k) => `${(tickRows.get(k) ?? "").padStart(GUTTER - 2)} |${cells.join("")}`.trimEnd()),
    axis,
    labels.join("").trimEnd(),
    `${" ".repeat(GUTTER)}${x.label}${x.scale === "log" ? " (logarithmic)" : ""}`,
    "",
    ...series.map(({ label }, k) => `  ${LETTERS[k % LETTERS.length]!}  ${label}`),
    ...marks.map(({ label }) => `  ${MARK}  ${label}`),
  ];
  return `${laid(lines, columns).join("\n")}\n`;
}
