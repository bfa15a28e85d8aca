/** Each list of steps with one step dropped, and with two neighbours swapped. */
import { TABLES, type Table } from "./tables.ts";

export interface Variant {
  readonly knob: string;
  readonly order: string;
  /** `without "x"`, or `"y" before "x"`; a step that occurs more than once has its number. */
  readonly words: string;
  readonly steps: readonly string[];
}

function named(steps: readonly string[], at: number): string {
  const step = steps[at]!;
  const isTwice = steps.indexOf(step) !== steps.lastIndexOf(step);
  const number = steps.slice(0, at + 1).filter((one) => one === step).length;
  return `"${step}"${isTwice ? ` (${number})` : ""}`;
}

/** A swap of equals is none. */
export function variantsOf(steps: readonly string[]): readonly Pick<Variant, "words" | "steps">[] {
  const dropped = steps.map((_, at) => ({ words: `without ${named(steps, at)}`, steps: steps.toSpliced(at, 1) }));
  const swapped = steps.slice(1).map((step, at) => ({
    words: `${named(steps, at + 1)} before ${named(steps, at)}`,
    steps: steps.toSpliced(at, 2, step, steps[at]!),
  }));
  return [...dropped, ...swapped.filter((one) => one.steps.some((step, at) => step !== steps[at]))];
}

const ofTable = ({ knob, lists }: Table): readonly Variant[] =>
  Object.entries(lists).flatMap(([order, steps]) => variantsOf(steps ?? []).map((one) => ({ knob, order, ...one })));

export const VARIANTS: readonly Variant[] = TABLES.flatMap(ofTable);
