/** A simulation in plain text: numbers with their intervals, how they came about, and what they assume. */
import type { SimulatedNumber, SimulatedPoint, SimulatedRecord } from "./simulated.ts";
import { laid, type Line } from "./lines.ts";
import { paragraph } from "./why-lines.ts";
import { count, counted } from "./words.ts";

/** Digits that count. */
const DIGITS = 4;

/** "0.3333", "1 234", "12.5". */
function amountWords(amount: number): string {
  const rounded = Number(amount.toPrecision(DIGITS));
  if (Number.isInteger(rounded)) return rounded < 0 ? `-${count(-rounded)}` : count(rounded);
  return Math.abs(rounded) >= 1000 ? count(Math.round(rounded)) : String(rounded);
}

const UNITS = [
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
] as const;

/** Times in the unit that suits the mean; everything else as it is. */
function shownIn({ unit, mean }: SimulatedNumber): readonly [unit: string, by: number] {
  if (unit !== "ns") return [unit, 1];
  return UNITS.findLast(([, by]) => Math.abs(mean ?? 0) >= by) ?? UNITS[0];
}

function rowOf(number: SimulatedNumber): readonly string[] {
  const { name, mean, low, high, missing = "" } = number;
  const [unit, by] = shownIn(number);
  if (mean === null) return [name, missing, ""];
  const value = `${amountWords(mean / by)}${unit === "" ? "" : ` ${unit}`}`;
  const interval = low === null || high === null ? "" : `${amountWords(low / by)} to ${amountWords(high / by)}`;
  return [name, value, interval];
}

/** Side by side where that fits; else what is measured, its value and its interval one after the other. */
function linesOf(rows: readonly (readonly string[])[], columns = Infinity): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  if (widths.reduce((sum, width) => sum + width + 2, -2) > columns)
    return laid(
      rows.slice(1).map(([name, value, interval]) => `${name}: ${value}${interval === "" ? "" : ` (${interval})`}`),
      columns,
    );
  return rows.map((row) =>
    row
      .map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join("  ")
      .trimEnd(),
  );
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`;

function howWords({ model, choice, how }: SimulatedPoint): string {
  const { replications, done, seed, warmUp, length, confidence, events } = how;
  const set = Object.entries(model.set).filter(([name]) => !Object.hasOwn(choice, name));
  const run = [
    ...(model.hardware === "any" ? [] : [`hardware ${model.hardware}`]),
    `design ${model.host}`,
    `bounds ${model.bounds}`,
    ...set.map(([name, value]) => `${name}=${String(value)}`),
  ].join(", ");
  const made =
    done === replications ? counted(done, "replication") : `${done} of ${counted(replications, "replication")}`;
  return `Method: simulate: ${made} from seed ${seed}, each of ${length} after a warm-up of ${warmUp}; ${count(events)} events in all. Intervals of ${percent(confidence)} by Student's t over the replications. ${run}.`;
}

/** How often something is per second follows from the first number and from how often it is per piece of work. */
const shown = ({ numbers }: SimulatedPoint): readonly SimulatedNumber[] =>
  numbers.filter(({ unit }, k) => k === 0 || unit !== "per second");

function pointLines(point: SimulatedPoint): readonly Line[] {
  const chosen = Object.entries(point.choice).map(([name, value]) => `${name} ${value}`);
  return [
    ...(chosen.length > 0 ? ["", `With ${chosen.join(" and ")}`] : []),
    ...paragraph(howWords(point), 0),
    "",
    (columns) =>
      linesOf([["", "value", `interval of ${percent(point.how.confidence)}`], ...shown(point).map(rowOf)], columns),
  ];
}

/** Sentences that hold of all points, and those of some with the choices of these. */
function assumptionLines(points: readonly SimulatedPoint[]): readonly Line[] {
  const sentences = new Set(points.flatMap(({ assumptions }) => assumptions));
  return [...sentences].flatMap((sentence) => {
    const about = points.filter(({ assumptions }) => assumptions.includes(sentence));
    const choices = about.map(({ choice }) =>
      Object.entries(choice)
        .map((one) => one.join(" "))
        .join(" and "),
    );
    return paragraph(`- ${about.length === points.length ? "" : `With ${choices.join(", ")}: `}${sentence}`);
  });
}

export function simulatedText({ system, piece, points, left }: SimulatedRecord, columns?: number): string {
  const missing = left > 0 ? [`Interrupted: ${counted(left, "point")} not simulated.`] : [];
  if (points.length === 0) return [`${system}: nothing was simulated.`, ...missing, ""].join("\n");
  const lines: readonly Line[] = [
    `${system}: per ${piece}`,
    ...points.flatMap(pointLines),
    "",
    "Assumptions",
    ...assumptionLines(points),
    ...missing.flatMap((line) => ["", line]),
    "",
  ];
  return laid(lines, columns).join("\n");
}
