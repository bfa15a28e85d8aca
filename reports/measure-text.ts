/** A measurement as a table in plain text, with its method, its bounds and its assumptions. */
import type { Amount, MeasuredCount, MeasuredPoint, MeasureRecord, Method } from "./measure.ts";
import { actorOf, sentencesOf } from "./spoken.ts";
import { ascii } from "./phrases.ts";
import { laid, within, type Line } from "./lines.ts";
import { paragraph } from "./why-lines.ts";
import { count, counted } from "./words.ts";

const METHOD: { readonly [method in Method]: string } = {
  bounds: "least and most over all runs, exact",
  expected: "average in the long run, of the Markov chain of all states",
};

export const methodWords = (method: Method): string => METHOD[method];

const DIGITS = 4;

/** "0.3333", "1 234", "12.5": four digits that count. */
function amountWords(amount: Amount): string {
  if (amount === "infinite") return "no bound";
  if (Number.isInteger(amount)) return count(amount);
  // What the solver left of a whole number is none of its digits.
  const rounded = Number(amount.toPrecision(DIGITS));
  return Math.abs(rounded) >= 1000 ? count(Math.round(rounded)) : String(rounded);
}

/** Below this part of the largest number, what a solver found is nothing. */
const NOTHING = 1e-9;

function countWords({ least, most, perPiece }: MeasuredCount): string {
  if (least === undefined || most === undefined)
    return perPiece === undefined ? "-" : amountWords(Math.abs(perPiece) < NOTHING ? 0 : perPiece);
  return least === most ? amountWords(least) : `${amountWords(least)} to ${amountWords(most)}`;
}

/** "90 359", "0.0001": whole where that says enough. */
const oftenWords = (perSecond: number): string =>
  perSecond >= 1000 ? count(Math.round(perSecond)) : amountWords(perSecond);

/** "10.1 us" */
const timeWords = (ns: Amount): string =>
  ns === "infinite" ? "infinite" : ns < 1000 ? `${amountWords(ns)} ns` : `${amountWords(ns / 1000)} us`;

/** Rows of cells, the first one being the head. */
export function tableOf({ method, points }: MeasureRecord): readonly (readonly string[])[] {
  const [first] = points;
  if (!first) return [];
  const choices = Object.keys(first.choice);
  const names = [...new Set(points.flatMap(({ counts }) => counts.map(({ name }) => name)))];
  const hasFault = points.some(({ fault }) => fault);
  const head = [
    ...choices,
    ...names,
    ...(method === "expected" ? ["per second"] : []),
    ...(hasFault ? ["fault (mean)", "fault (99 %)"] : []),
  ];
  const rows = points.map(({ choice, counts, perSecond, fault }) => [
    ...choices.map((name) => choice[name] ?? ""),
    ...names.map((name) => {
      const found = counts.find((one) => one.name === name);
      return found ? countWords(found) : "-";
    }),
    ...(method === "expected" ? [oftenWords(perSecond ?? 0)] : []),
    ...(hasFault ? [fault ? timeWords(fault.mean) : "-", fault ? timeWords(fault.most99) : "-"] : []),
  ]);
  return [head, ...rows];
}

const WIDE = 100;

/** Columns side by side where they fit; else each row as a list. */
export function tableLines(table: readonly (readonly string[])[], columns?: number): readonly string[] {
  const [head = []] = table;
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  if (widths.reduce((sum, width) => sum + width + 2, 0) > within(columns, WIDE))
    return laid(
      table.slice(1).flatMap((row) => row.map((cell, k) => `${k === 0 ? "" : "  "}${head[k]}: ${cell}`)),
      columns,
    );
  return table.map((row) =>
    row
      .map((cell, k) => cell.padEnd(widths[k]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Steps of a circle that are told. */
const MOST_STEPS = 12;

function circleLines({ points }: MeasureRecord): readonly string[] {
  const found = points.flatMap(({ counts }) => counts).find(({ circle }) => circle);
  if (!found) return [];
  const trace = found.circle!;
  const steps = trace.steps.slice(trace.loop ?? 0);
  const { short } = sentencesOf(trace);
  const told = steps.slice(0, MOST_STEPS).map((step) => {
    const actor = actorOf(step);
    return `  ${actor === undefined ? "" : `${ascii(actor)}: `}${short(step)}`;
  });
  const more = steps.length > MOST_STEPS ? [`  ... ${counted(steps.length - MOST_STEPS, "more step")}`] : [];
  return ["", `Why ${found.name} have no bound: this can go round for ever.`, ...told, ...more];
}

/** "limit 1, limit 2": the points by their choices. */
const choiceWords = (points: readonly MeasuredPoint[]): string =>
  points
    .map(({ choice }) =>
      Object.entries(choice)
        .map(([name, value]) => `${name} ${value}`)
        .join(" and "),
    )
    .join(", ");

/** Sentences that hold of all points, and those of some with the choices of these. */
export const assumptionsOf = (points: readonly MeasuredPoint[]): readonly string[] =>
  [...new Set(points.flatMap(({ assumptions }) => assumptions))].map((sentence) => {
    const about = points.filter(({ assumptions }) => assumptions.includes(sentence));
    return about.length === points.length ? sentence : `With ${choiceWords(about)}: ${sentence}`;
  });

/** "427 states", "31 to 523 states" */
export function statesWords(points: readonly MeasuredPoint[]): string {
  const all = points.map(({ states }) => states);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return least === most ? counted(least, "state") : `${count(least)} to ${counted(most, "state")}`;
}

/** "vtd, design rfc-v1, bounds small, limit=2": what is the same in all points. */
export function runWords({ points }: MeasureRecord): string {
  const { model, choice } = points[0]!;
  const set = Object.entries(model.set).filter(([name]) => !Object.hasOwn(choice, name));
  return [
    ...(model.hardware === "any" ? [] : [`hardware ${model.hardware}`]),
    ...(Object.hasOwn(choice, "design") ? [] : [`design ${model.host}`]),
    `bounds ${model.bounds}`,
    ...set.map(([name, value]) => `${name}=${String(value)}`),
  ].join(", ");
}

export function measureText(record: MeasureRecord, columns?: number): string {
  const { system, piece, method, points, left } = record;
  const missing = left > 0 ? [`Interrupted: ${counted(left, "point")} not measured.`] : [];
  if (points.length === 0) return [`${system}: nothing was measured.`, ...missing, ""].join("\n");
  const residuals = points.flatMap(({ residual }) => (residual === undefined ? [] : [residual]));
  const lines: readonly Line[] = [
    `${system}: per ${piece}`,
    ...paragraph(`Method: ${method}: ${methodWords(method)}. ${runWords(record)}; ${statesWords(points)}.`, 0),
    ...(residuals.length > 0 ? [`Residual of the solver: at most ${Math.max(...residuals).toExponential(1)}.`] : []),
    "",
    ...tableLines(tableOf(record), columns),
    ...circleLines(record),
    "",
    "Assumptions",
    ...assumptionsOf(points).flatMap((sentence) => paragraph(`- ${sentence}`)),
    ...missing.flatMap((line) => ["", line]),
    "",
  ];
  return laid(lines, columns).join("\n");
}
