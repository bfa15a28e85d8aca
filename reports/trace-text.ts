/** A trace as a numbered list of steps: longer than the chart, and nothing left out. */
import type { SaidRecord, StepRecord, TraceRecord } from "../checker/run-record.ts";
import { cycleOf, cycleWords, endWords, evaluationLines, lengthWords } from "./evaluation.ts";
import { gist } from "./gist.ts";
import { laneText } from "./spoken.ts";
import type { Marked } from "./paths.ts";
import { actionWords, ascii, changeWords, messageWords } from "./phrases.ts";
import { claimName, modelName } from "./words.ts";

const HOW = {
  call: (from: string, to: string) => `${from} calls ${to}`,
  sent: (from: string, to: string) => `${from} puts into ${to}`,
  delivered: (from: string, to: string) => `${to} takes from ${from}`,
  lost: (from: string, to: string) => `${from} loses at ${to}, which is full`,
  ignored: (from: string, to: string) => `${to} ignores, from ${from}`,
};

/** What is said of it in the words of the real system, with its source; nothing where nothing is said. */
const saidWords = (says: SaidRecord | undefined): string => {
  if (!says) return "";
  return ascii(says.by === "" ? says.text : `${says.by}: ${says.text}`);
};
const after = (words: string): string => (words === "" ? "" : ` -- ${words}`);

/** "reporter: find_fault_handler(): looks up the handle [reporter.finds-handler]"; without words, the event. */
function title({ action, says }: StepRecord): string {
  if (!says) return actionWords(action);
  if (action.kind === "deliver") return `${actionWords(action)}: ${saidWords(says)}`;
  return `${ascii(action.component)}: ${saidWords(says)} [${messageWords(action.event)}]`;
}

/** What the claim is given, and parts of it, that the step made true or false. */
const partWords = ({ steps, property }: TraceRecord, k: number): readonly string[] =>
  (["given", "parts"] as const).flatMap((of) =>
    Object.entries(steps[k]![of] ?? {}).flatMap(([name, holds]) => {
      const before = steps[k - 1]?.[of]?.[name];
      const words = of === "given" ? `given ${ascii(name)}` : ascii(name);
      return before === undefined || before === holds ? [] : [`       ${ascii(property.id)}: ${words}: ${holds}`];
    }),
  );

function stepLines(step: StepRecord, number: number): readonly string[] {
  const { transfers, changes } = step;
  return [
    `${String(number).padStart(3)}. ${title(step)}`,
    ...transfers.map(
      ({ from, to, how, message, says: said }) =>
        `       ${HOW[how](ascii(from), ascii(to))}: ${messageWords(message)}${after(saidWords(said))}`,
    ),
    ...changes.map(
      (change) =>
        `       ${ascii(change.component)} changes: ${changeWords(change)}${after(ascii(change.after.says ?? ""))}`,
    ),
  ];
}

/** What those that take part are in the real system. */
function partakers({ steps, components, lanes = {} }: TraceRecord): readonly string[] {
  const names = new Set(
    steps.flatMap(({ action, transfers, changes }) => [
      ...(action.kind === "event" ? [action.component] : []),
      ...transfers.flatMap(({ from, to }) => [from, to]),
      ...changes.map(({ component }) => component),
    ]),
  );
  const told = components.filter((name) => names.has(name) && laneText(name, lanes) !== undefined);
  const width = Math.max(0, ...told.map((name) => ascii(name).length));
  const lines = told.map((name) => `     ${ascii(name).padEnd(width)} = ${laneText(name, lanes)}`);
  return lines.length === 0 ? [] : [...lines, ""];
}

/** The list of counterexamples that are one path, with everything that any of their properties compares. */
export function traceTextOf(paths: readonly [Marked, ...Marked[]]): string {
  const traces = paths.map((one) => one.trace) as [TraceRecord, ...TraceRecord[]];
  const [trace] = traces;
  const cycle = cycleOf(trace);
  const lines = trace.steps.map((step, k) => [
    ...stepLines(step, k + 1),
    ...traces.flatMap((one) => partWords(one, k)),
  ]);
  if (cycle && cycle.length > 0) lines.splice(cycle.before, 0, [`  ~  again and again: ${cycleWords(cycle)}`]);
  const sentence = gist(traces);
  return [
    ...paths.map(
      ({ mark = "", trace: { property } }) => `${mark}${ascii(claimName(property))}: ${ascii(property.statement)}`,
    ),
    `${ascii(modelName(trace.model))}; ${lengthWords(trace)}`,
    "",
    ...(sentence === undefined ? [] : [`In short: ${sentence}.`, ""]),
    ...partakers(trace),
    ...lines.flat(),
    ...endWords(traces).map((words) => `  !  ${words}`),
    "",
    ...traces.flatMap((one) => evaluationLines(one)),
    "",
  ].join("\n");
}

/** The list of one counterexample or witness. */
export const traceText = (trace: TraceRecord): string => traceTextOf([{ trace }]);
