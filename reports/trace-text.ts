/** A trace as a numbered list of steps: longer than the chart, and nothing left out. */
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { cycleOf, cycleWords, endWords, evaluationLines, lengthWords } from "./evaluation.ts";
import { actionWords, ascii, changeWords, messageWords } from "./phrases.ts";
import { modelName } from "./words.ts";

const HOW = {
  call: (from: string, to: string) => `${from} calls ${to}`,
  sent: (from: string, to: string) => `${from} puts into ${to}`,
  delivered: (from: string, to: string) => `${to} takes from ${from}`,
  lost: (from: string, to: string) => `${from} loses at ${to}, which is full`,
  ignored: (from: string, to: string) => `${to} ignores, from ${from}`,
};

function stepLines({ action, transfers, changes }: StepRecord, number: number): readonly string[] {
  return [
    `${String(number).padStart(3)}. ${actionWords(action)}`,
    ...transfers.map(
      ({ from, to, how, message }) => `       ${HOW[how](ascii(from), ascii(to))}: ${messageWords(message)}`,
    ),
    ...changes.map((change) => `       ${ascii(change.component)} changes: ${changeWords(change)}`),
  ];
}

export function traceText(trace: TraceRecord): string {
  const cycle = cycleOf(trace);
  const lines = trace.steps.map((step, k) => stepLines(step, k + 1));
  if (cycle && cycle.length > 0) lines.splice(cycle.before, 0, [`  ~  again and again: ${cycleWords(cycle)}`]);
  return [
    `${ascii(trace.property.id)}: ${ascii(trace.property.statement)}`,
    `${ascii(modelName(trace.model))}; ${lengthWords(trace)}`,
    "",
    ...lines.flat(),
    ...endWords([trace]).map((words) => `  !  ${words}`),
    "",
    ...evaluationLines(trace),
    "",
  ].join("\n");
}
