/**
 * A trace as a sequence chart in plain ASCII, short enough for mail: time runs down, lanes on the left, words on the
 * right, most steps on one line of at most 78 columns, or fewer where there is less room. Steps that do not matter for the claim are folded into one line. The
 * list of steps leaves out nothing.
 *
 *     o    an event of the component's own       --->  a call within the step, <-->  with its answer
 *     @    taken from the queue in front of it   ...>  put into that queue,    ...x  lost, because it is full
 *     +    called by what has no lane            *     a change of what the property compares
 *     ~    where the cycle of a run without an end begins
 */
import type { TraceRecord } from "../checker/run-record.ts";
import { abbreviations } from "./abbreviate.ts";
import { arrowRows, laneRow } from "./arrows.ts";
import { comparedAt } from "./compared.ts";
import { cycleOf, cycleWords, endWords, evaluationLines, lengthWords } from "./evaluation.ts";
import { flightsOf } from "./flights.ts";
import { foldWords } from "./fold.ts";
import { gist } from "./gist.ts";
import { laneLegend } from "./lane-legend.ts";
import { laid, within } from "./lines.ts";
import { GUTTER, layLanes, WORDS, type Lane } from "./lanes.ts";
import { rowsOf } from "./matters.ts";
import { ascii, brief } from "./phrases.ts";
import { together, type Marked } from "./paths.ts";
import { sentencesOf, sentWords } from "./spoken.ts";
import { claimName, presetsOf } from "./words.ts";
import { tellStep, type Scene, type Words } from "./step-words.ts";
import { wrap } from "./table.ts";

export const CHART_COLUMNS = 78;
/** What the signs mean; once in a report is enough. */
export const LEGEND: readonly string[] = [
  "o own event   @ takes from its queue   + called by a component without lane",
  "--> call   ..> into a queue   ..x lost   * what the property compares",
  "Shortened, and steps that matter less are folded (...): --steps tells all.",
];
/** Each sign on a line of its own where there is less room. */
const legendLines = (columns: number): readonly string[] =>
  columns < CHART_COLUMNS
    ? laid(
        LEGEND.flatMap((line) => line.split(/ {3}/)),
        columns,
      )
    : LEGEND;

/** Rows between two lines without words. */
const BREATH = 10;

/** The words of a step on as few lines as those that must be told need, filled up with others by rank. */
function wordLines(words: readonly Words[], width: number, rows: number): readonly string[] {
  const lay = (kept: ReadonlySet<Words>): readonly string[] =>
    wrapped(
      words
        .filter((it) => kept.has(it))
        .map(({ text }) => text)
        .join("; "),
      "  ",
      width,
    );
  let kept = new Set(words.filter(({ rank }) => rank === 0));
  const most = Math.max(1, rows, lay(kept).length);
  for (const it of [...words].filter(({ rank }) => rank > 0).sort((a, b) => a.rank - b.rank)) {
    const more = new Set([...kept, it]);
    if (lay(more).length <= most) kept = more;
  }
  return lay(kept);
}

/** What the lanes are, and their headings one below the other. */
function headings(lanes: readonly Lane[], said: TraceRecord["lanes"], columns: number): readonly string[] {
  const rows = Math.max(0, ...lanes.map(({ row }) => row + 1));
  const indent = " ".repeat(GUTTER);
  const legend = laneLegend(lanes, said, columns - GUTTER).map((line) => indent + line);
  const titles = Array.from({ length: rows }, (_, k) =>
    lanes.filter(({ row }) => row === k).reduce((line, { column, id }) => line.padEnd(column) + id, ""),
  );
  return [...legend, ...(legend.length > 0 ? [""] : []), ...titles, laneRow(lanes)];
}

/** Changes of state after which a component is one that changes all the time, like a lock. */
const OFTEN = 3;

/** Components with events of their own, and those that change their state often: steps tell what happens to them. */
function busyIn(steps: TraceRecord["steps"]): ReadonlySet<string> {
  const changes = steps.flatMap((step) => step.changes.filter(({ before, after }) => before.state !== after.state));
  const times = (name: string): number => changes.filter(({ component }) => component === name).length;
  const often = changes.filter(({ component }) => times(component) >= OFTEN).map(({ component }) => component);
  const actors = steps.flatMap(({ action }) => (action.kind === "event" ? [action.component] : []));
  return new Set([...actors, ...often]);
}

/** The lines of all steps, and of the end of each counterexample. */
function drawing(traces: readonly [TraceRecord, ...TraceRecord[]], columns: number): readonly string[] {
  const [first, ...others] = traces;
  const trace = together(first, others);
  const { steps } = trace;
  const rows = rowsOf(traces);
  const lanes = layLanes(
    { ...trace, steps: rows.flatMap((row) => ("step" in row ? [steps[row.step]!] : [])) },
    columns,
  );
  const numbers = new Map(lanes.map(({ component }, k) => [component, k]));
  const busy = busyIn(steps);
  const scene: Scene = {
    laneOf: (component) => numbers.get(component),
    receivers: flightsOf(trace).receivers,
    sent: sentWords(trace),
    reads: new Set(trace.reads),
    last: { actor: undefined, by: undefined },
    abbreviations: abbreviations(trace),
    isPassive: (component) => !busy.has(component),
    told: new Map(),
  };
  const sentences = sentencesOf(trace);
  const bare = laneRow(lanes);
  const margin = bare.length + 2;
  const room = Math.max(WORDS, columns - margin);
  const line = (row: string, words: string): string => `${row.padEnd(margin)}${words}`;
  const lines = [...headings(lanes, trace.lanes, columns)];
  const remark = (mark: string, text: string): void => {
    scene.last.actor = undefined;
    wrapped(text, "  ", room).forEach((words, n) =>
      lines.push(line(n === 0 ? mark.padStart(3) + bare.slice(3) : bare, words)),
    );
  };
  const cycle = cycleOf(trace);
  for (const [k, row] of rows.entries()) {
    const from = "step" in row ? row.step : row.from;
    if (cycle?.before === from) remark("~", `again and again: ${cycleWords(cycle)}`);
    if ("from" in row) remark("...", foldWords(steps, row.from, row.to, sentences));
    else {
      const step = steps[from]!;
      const told = tellStep(step, comparedAt(trace, from, scene.abbreviations), scene);
      const arrows = arrowRows(lanes, told);
      const words = wordLines(told.words, room, arrows.length);
      for (let n = 0; n < Math.max(arrows.length, words.length); n++)
        lines.push(
          line(
            n === 0 ? String(from + 1).padStart(3) + (arrows[n] ?? bare).slice(3) : (arrows[n] ?? bare),
            words[n] ?? "",
          ),
        );
    }
    if ((k + 1) % BREATH === 0 && k + 1 < rows.length) lines.push(bare);
  }
  for (const words of endWords(traces)) remark("!", words);
  return lines;
}

/** Lines of at most `width` characters, all but the first indented; blanks in front are kept. */
function wrapped(text: string, indent: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const words = text.trimStart();
  const front = text.slice(0, text.length - words.length);
  return wrap(words, width - front.length - indent.length).map((line, k) => front + (k === 0 ? "" : indent) + line);
}

/**
 * The whole chart of a path: which sentences it breaks, what it is about, the lanes, and each broken sentence with its
 * values. No line is longer than 78, or than `room` where that is less and the lanes leave enough of it for words.
 * `legend`: whether to say what the signs mean.
 */
export function chartOf(
  paths: readonly [Marked, ...Marked[]],
  { legend = true, room }: { readonly legend?: boolean; readonly room?: number | undefined } = {},
): string {
  const columns = within(room, CHART_COLUMNS);
  const [{ trace }, ...others] = paths;
  const knobs = Object.entries(trace.model.set).map(([knob, value]) => `, ${knob}=${brief(value)}`);
  const about = `${presetsOf(trace.model)}${knobs.join("")}; ${lengthWords(trace)}`;
  const short = abbreviations(trace).value;
  const sentence = gist([trace, ...others.map((other) => other.trace)]);
  return [
    ...paths.flatMap(({ mark = "", trace: { property } }) =>
      wrapped(`${mark}${ascii(claimName(property))}: ${ascii(property.statement)}`, "  ", columns),
    ),
    ...wrapped(ascii(about), "  ", columns),
    "",
    ...(sentence === undefined ? [] : [...wrapped(`In short: ${sentence}.`, "  ", columns), ""]),
    ...drawing([trace, ...others.map((other) => other.trace)], columns),
    "",
    ...(legend ? [...legendLines(columns), ""] : []),
    ...paths.flatMap((one) => evaluationLines(one.trace, short)).flatMap((line) => wrapped(line, "    ", columns)),
    "",
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

/** The chart of one counterexample or witness. */
export const chart = (trace: TraceRecord, room?: number): string => chartOf([{ trace }], { room });
