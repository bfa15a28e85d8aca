/** A measurement as a figure and as comma-separated values. */
import type { Figure, FigurePoint, Series } from "../checker/measure/figure.ts";
import type { MeasuredCount, MeasuredPoint, MeasureRecord } from "./measure.ts";
import { csvOf } from "./plots/csv.ts";

const FEWEST = 3;

/** The knob whose values are numbers, if there is one with enough of them to draw. */
function sweptIn({ points }: MeasureRecord): string | undefined {
  const isNumber = (value = ""): boolean => /^\d+(\.\d+)?$/.test(value);
  return Object.keys(points[0]?.choice ?? {}).find(
    (name) =>
      points.every(({ choice }) => isNumber(choice[name])) &&
      new Set(points.map(({ choice }) => choice[name])).size >= FEWEST,
  );
}

/** What is drawn of a count: per piece of work, and of bounds the most. */
function valueOf({ perPiece, most }: MeasuredCount): number | undefined {
  const value = perPiece ?? most;
  return value === "infinite" ? undefined : value;
}

const restOf = ({ choice }: MeasuredPoint, knob: string): string =>
  Object.entries(choice)
    .filter(([name]) => name !== knob)
    .map(([name, value]) => `, ${name} ${value}`)
    .join("");

/** Undefined where there is nothing to draw: fewer than three numbers, or no bound. */
export function figureOfMeasure(record: MeasureRecord): Figure | undefined {
  const knob = sweptIn(record);
  if (knob === undefined) return undefined;
  const { system, method, piece, points } = record;
  const series = new Map<string, FigurePoint[]>();
  for (const point of points)
    for (const count of point.counts) {
      const y = valueOf(count);
      const label = `${count.name}${method === "bounds" ? ", at most" : ""}${restOf(point, knob)}`;
      const x = Number(point.choice[knob]);
      if (y !== undefined) series.set(label, [...(series.get(label) ?? []), { x, y }]);
    }
  const drawn = [...series].map(([label, of]): Series => ({ label, points: of.sort((a, b) => a.x - b.x) }));
  if (drawn.length === 0) return undefined;
  return {
    name: `${system}-${knob}`,
    title: `${system}: per ${piece}, by ${knob}`,
    x: { label: knob, scale: "linear" },
    y: { label: `per ${piece}`, scale: "linear" },
    series: drawn,
  };
}

/** Of what is expected: the time of a fault, in ns. */
const FAULT = ["fault mean", "fault 50 %", "fault 99 %"] as const;

const word = (value: number | string | undefined): string => (value === undefined ? "" : String(value));

/** A row for each count of each point. */
export function measureCsv({ system, method, piece, points }: MeasureRecord): string {
  const choices = Object.keys(points[0]?.choice ?? {});
  return csvOf([
    [
      "system",
      "method",
      "piece",
      ...choices,
      "count",
      "least",
      "most",
      "per piece",
      "count per second",
      "pieces per second",
      "states",
      ...FAULT.map((name) => `${name} (ns)`),
    ],
    ...points.flatMap((point) =>
      point.counts.map(({ name, least, most, perPiece, perSecond }) => [
        system,
        method,
        piece,
        ...choices.map((choice) => point.choice[choice] ?? ""),
        name,
        ...[least, most, perPiece, perSecond, point.perSecond, point.states].map(word),
        ...[point.fault?.mean, point.fault?.median, point.fault?.most99].map(word),
      ]),
    ),
  ]);
}
