/** Where a value lies on an axis, and which values are written beside it. */
import type { Axis, Figure } from "../../checker/measure/figure.ts";

export interface Scale {
  readonly ticks: readonly number[];
  /** From 0 at the beginning of the axis to 1 at its end. */
  readonly place: (value: number) => number;
}

/** Ticks of a linear axis. */
const MOST_TICKS = 6;
const STEPS = [1, 2, 5, 10];

/** A value without the noise of its last digits. */
const rounded = (value: number): number => Number(value.toPrecision(12));

/** From 0, in steps of 1, 2 or 5 times a power of ten, to the first one that is not below the most. */
function linear(most: number): Scale {
  const top = most > 0 ? most : 1;
  const power = 10 ** Math.floor(Math.log10(top / MOST_TICKS));
  const step = STEPS.map((factor) => factor * power).find((size) => top / size <= MOST_TICKS)!;
  const count = Math.ceil(rounded(top / step));
  const ticks = Array.from({ length: count + 1 }, (_, k) => rounded(k * step));
  return { ticks, place: (value) => value / ticks.at(-1)! };
}

/** Powers of ten around all values, or of two where they lie close together. */
function logarithmic(values: readonly number[]): Scale {
  const above = values.filter((value) => value > 0);
  const [least, most] = above.length > 0 ? [Math.min(...above), Math.max(...above)] : [1, 10];
  const base = most / least > 100 ? 10 : 2;
  const log = (value: number): number => rounded(Math.log(value) / Math.log(base));
  const from = Math.floor(log(least));
  const to = Math.max(from + 1, Math.ceil(log(most)));
  const ticks = Array.from({ length: to - from + 1 }, (_, k) => rounded(base ** (from + k)));
  return { ticks, place: (value) => (value > 0 ? (log(value) - from) / (to - from) : 0) };
}

const scaleOf = ({ scale }: Axis, values: readonly number[]): Scale =>
  scale === "log" ? logarithmic(values) : linear(Math.max(...values, 0));

export function scalesOf({ x, y, series, marks = [] }: Figure): { readonly x: Scale; readonly y: Scale } {
  const points = series.flatMap((one) => one.points);
  return {
    x: scaleOf(
      x,
      [...points, ...marks].map((one) => one.x),
    ),
    y: scaleOf(
      y,
      points.flatMap((point) => [point.y, point.high ?? point.y]),
    ),
  };
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** "20k", "0.5" */
export function tickWords(value: number): string {
  const [size, unit] = UNITS.find(([least]) => Math.abs(value) >= least) ?? [1, ""];
  return `${rounded(value / size)}${unit}`;
}
