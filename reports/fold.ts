/** Steps of a chart that are folded into one line: how many, and what the first and the last of them do. */
import type { StepRecord } from "../checker/run-record.ts";
import type { Sentences } from "./spoken.ts";

/** What a step is, without the words: two steps with the same text are the same step, taken twice. */
export const stepText = ({ action, transfers }: StepRecord): string =>
  JSON.stringify([action, transfers.map(({ from, to, how, message }) => [from, to, how, message])]);

/** Where (from 0) the same steps were taken before, as a whole and at one go. */
export function takenBefore(texts: readonly string[], from: number, length: number): number | undefined {
  for (let k = 0; k + length <= from; k++) {
    let same = 0;
    while (same < length && texts[k + same] === texts[from + same]) same++;
    if (same === length) return k;
  }
  return undefined;
}

/** "18 steps: A; ...; B", or "18 steps, the same as steps 20 to 37". `from` and `to` are counted from 0. */
export function foldWords(steps: readonly StepRecord[], from: number, to: number, { short }: Sentences): string {
  const length = to - from + 1;
  const before = takenBefore(steps.map(stepText), from, length);
  if (before !== undefined) return `${length} steps, the same as steps ${before + 1} to ${before + length}`;
  return `${length} steps: ${short(steps[from]!)}; ...; ${short(steps[to]!)}`;
}
