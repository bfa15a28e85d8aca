/** Steps of a chart that are folded into one line: how many, and what the first and the last of them do. */
import type { StepRecord } from "../checker/run-record.ts";
import type { Sentences } from "./spoken.ts";

/** A fold whose steps are all told again below, or were told above, says where. */
function likeOthers(texts: readonly string[], from: number, to: number): string {
  const length = to - from + 1;
  const folded = texts.slice(from, to + 1).join("\n");
  for (let k = 0; k + length <= texts.length; k++) {
    const apart = k > to || k + length <= from;
    if (apart && texts.slice(k, k + length).join("\n") === folded) return `, as steps ${k + 1} to ${k + length}`;
  }
  return "";
}

/** "18 steps: A; ...; B". `from` and `to` are counted from 0. */
export function foldWords(steps: readonly StepRecord[], from: number, to: number, { clause }: Sentences): string {
  const texts = steps.map(clause);
  return `${to - from + 1} steps${likeOthers(texts, from, to)}: ${texts[from]!}; ...; ${texts[to]!}`;
}
