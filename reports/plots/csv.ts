/** Tables of values as comma-separated values (RFC 4180). */
import type { Figure } from "../../checker/measure/figure.ts";

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const csvOf = (rows: readonly (readonly string[])[]): string =>
  `${rows.map((cells) => cells.map(cell).join(",")).join("\n")}\n`;

const word = (value: number | undefined): string => (value === undefined ? "" : String(value));

/** A row for each point, with the interval where there is one. */
export const figureCsv = ({ x, y, series }: Figure): string =>
  csvOf([
    ["series", x.label, y.label, "low", "high"],
    ...series.flatMap(({ label, points }) =>
      points.map((point) => [label, word(point.x), word(point.y), word(point.low), word(point.high)]),
    ),
  ]);
