/** Arrows of one step, drawn between lanes on as few lines as they need. */
import { GUTTER, type Lane } from "./lanes.ts";
import type { Arrow, ToldStep } from "./step-words.ts";

interface Span {
  readonly low: number;
  readonly high: number;
  readonly how: Arrow["how"];
  rightwards: boolean;
  leftwards: boolean;
}

/** Arrows one after the other that do not cover each other share a line; a call and its answer are one arrow with two heads. */
function packed(arrows: readonly Arrow[]): readonly (readonly Span[])[] {
  const rows: Span[][] = [[]];
  for (const { from, to, how } of arrows) {
    const [low, high] = from < to ? [from, to] : [to, from];
    const same = rows.flat().find((span) => span.low === low && span.high === high && span.how === how);
    const span = same ?? { low, high, how, rightwards: false, leftwards: false };
    if (from < to) span.rightwards = true;
    else span.leftwards = true;
    if (same) continue;
    const row = rows.at(-1)!;
    if (row.every((other) => other.high <= low || high <= other.low)) row.push(span);
    else rows.push([span]);
  }
  return rows;
}

const HEADS = { call: ["<", ">"], sent: ["<", ">"], lost: ["x", "x"] } as const;

/** What stands between two lanes: "--->" a call, "<-->" with answer, "...>" into a queue, "...x" lost. */
function shaft({ how, leftwards, rightwards }: Span, length: number): string {
  const line = (how === "call" ? "-" : ".").repeat(length);
  const [left, right] = HEADS[how];
  return (leftwards ? left : line.charAt(0)) + line.slice(2) + (rightwards ? right : line.charAt(0));
}

/** The lines of a step, as wide as the lanes; at least one. */
export function arrowRows(lanes: readonly Lane[], { start, arrows }: Pick<ToldStep, "start" | "arrows">) {
  return packed(arrows).map((spans, k) => {
    const row = laneRow(lanes).split("");
    for (const span of spans) {
      const from = lanes[span.low]!.column;
      const length = lanes[span.high]!.column - from - 1;
      row.splice(from + 1, length, ...shaft(span, length).split(""));
    }
    if (k === 0 && start) row[lanes[start.lane]!.column] = start.sign;
    return row.join("");
  });
}

/** Lanes without arrows. */
export function laneRow(lanes: readonly Lane[]): string {
  const row = Array.from({ length: (lanes.at(-1)?.column ?? GUTTER - 2) + 1 }, () => " ");
  for (const { column } of lanes) row[column] = "|";
  return row.join("");
}
