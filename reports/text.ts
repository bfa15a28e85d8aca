/** Runs as plain text: how much was looked at, one table, the stories of a few violations, a line for each other. */
import type { PropertyRecord, RunRecord } from "../checker/run-record.ts";
import { chart } from "./chart.ts";
import { chartPath, replayCommand } from "./counterexample.ts";
import { knownLines } from "./known.ts";
import { leftOutLines } from "./left-out.ts";
import { replacedInSuite, replacedLines } from "./replaced.ts";
import { familyVerdicts, judged, type Judged } from "./standing.ts";
import { table, wrap, type Column } from "./table.ts";
import { count, counted, coverageOfAll, duration, modelName, reachable, size, taken, verdictWords } from "./words.ts";

export interface Telling {
  /** The output directory as the user names it, for replay commands. */
  readonly directory: string;
  /** Whether violations that the suite expects are told in one line instead of with their chart. */
  readonly expectKnown: boolean;
  /** Characters in a line of the table. */
  readonly columns?: number;
}

export const RUN_COLUMNS: readonly Column[] = [
  { title: "SYSTEM" },
  { title: "HARDWARE" },
  { title: "HOST", most: 26 },
  { title: "STATES", align: "right" },
  { title: "TRANSITIONS", align: "right" },
  { title: "DEPTH", align: "right" },
  { title: "TIME", align: "right" },
  { title: "VERDICTS" },
];

/** One row for each run, in the columns above. */
export function runRow(run: RunRecord): readonly string[] {
  const { model, search, seconds } = run;
  const knobs = Object.entries(model.set).map(
    ([knob, value]) => ` ${knob}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [
    model.system,
    model.hardware,
    model.host + knobs.join(""),
    count(reachable(search)) + (search.complete || search.kind !== "exhaustive" ? "" : "+"),
    count(taken(search)),
    count(search.depth),
    seconds === undefined ? "" : duration(seconds),
    familyVerdicts(run),
  ];
}

/** Violations and unseen witnesses to be told in full, and those to be told in a line. */
export function stories(runs: readonly RunRecord[], expectKnown: boolean) {
  const all = judged(runs);
  const isBroken = ({ property: { verdict } }: Judged): boolean =>
    verdict.kind === "violated" || verdict.kind === "never-witnessed";
  return {
    broken: all.filter((it) => isBroken(it) && !(expectKnown && it.standing === "known")),
    known: expectKnown ? all.filter(({ standing }) => standing === "known") : [],
    outdated: all.filter(({ standing }) => standing === "outdated"),
    unknown: all.filter(({ standing }) => standing === "unknown"),
  };
}

const sourceWords = ({ property: { source } }: Judged): string => `${source.document}, ${source.clause}`;

/** Violations that are told with their chart. */
const CHARTS = 3;

const stepsOf = ({ property: { verdict } }: Judged): number =>
  verdict.kind === "violated" ? verdict.trace.steps.length : 0;

/** Those whose charts are told: unexpected before known, short before long, one run as good as another. */
function charted(broken: readonly Judged[]): ReadonlySet<Judged> {
  const isKnown = ({ property }: Judged): number => Number(property.known !== undefined);
  return new Set(
    broken
      .filter(({ property }) => property.verdict.kind === "violated")
      .sort((a, b) => isKnown(a) - isKnown(b) || stepsOf(a) - stepsOf(b))
      .slice(0, CHARTS),
  );
}

/** Why it was to be expected, and what to know besides. */
export const remarks = ({ known, note }: PropertyRecord): readonly string[] => [
  ...(known === undefined ? [] : [`Expected here: ${known}`]),
  ...(note === undefined ? [] : [`Note: ${note}`]),
];

/** The claim, the chart, the values that break it, the source, the command. */
function story(it: Judged, directory: string, withChart: boolean): readonly string[] {
  const { property, run } = it;
  const word = property.known === undefined ? "VIOLATED" : "KNOWN";
  const known = remarks(property).flatMap((line) => wrap(line, 76).map((part) => `  ${part}`));
  if (property.verdict.kind !== "violated")
    return [
      `NEVER WITNESSED ${property.id}: ${property.statement}`,
      `  Source: ${sourceWords(it)}.`,
      `  Model:  ${modelName(run.model)}; all ${count(reachable(run.search))} states were visited.`,
      "  What rests on it may hold only because nothing happens.",
      ...known,
      "",
    ];
  const { trace } = property.verdict;
  if (!withChart)
    return [
      `${word} ${property.id} in ${counted(stepsOf(it), "step")}: ${property.statement}`,
      `  Model: ${modelName(run.model)}. Chart: ${chartPath(directory, trace)}`,
      ...known,
      "",
    ];
  return [
    chart(trace, `${word} `).trimEnd(),
    `  Source: ${sourceWords(it)}.`,
    ...known,
    "",
    `Replay: ${replayCommand(directory, trace)}`,
    "",
  ];
}

/** Which runs did not reach their end, and why; a single run says so in the first line. */
const incompleteLines = (runs: readonly RunRecord[]): readonly string[] =>
  runs
    .filter(({ search }) => runs.length > 1 && search.kind === "exhaustive" && !search.complete)
    .map(({ model, search }) => `Incomplete (${search.stoppedBy ?? "unnamed bound"}): ${modelName(model)}.`);

/** What the reader should know besides. */
export const notesOf = (runs: readonly RunRecord[], { expectKnown }: Telling): readonly string[] => [
  ...runs.flatMap(({ notes = [] }) => notes),
  ...(expectKnown ? replacedInSuite(runs) : []),
];

/** The whole report on some runs. */
export function textReport(runs: readonly RunRecord[], telling: Telling): string {
  const { broken, known, outdated, unknown } = stories(runs, telling.expectKnown);
  const charts = charted(broken);
  const where = ({ run: { model } }: Judged): string => `${model.system}, ${model.hardware}, ${model.host}`;
  const bytes = Math.max(0, ...runs.map(({ search }) => search.bytes ?? 0));
  const section = (lines: readonly string[]): readonly string[] => (lines.length > 0 ? [...lines, ""] : []);
  const replaced = telling.expectKnown ? [] : [...new Set(runs.flatMap(replacedLines))];
  return [
    coverageOfAll(runs) + (bytes > 0 ? ` Largest table: ${size(bytes)}.` : ""),
    "",
    ...section(replaced.flatMap((line) => wrap(line, 98))),
    table(RUN_COLUMNS, runs.map(runRow), telling.columns),
    "",
    ...broken.flatMap((it) => story(it, telling.directory, charts.has(it))),
    ...section(knownLines(known)),
    ...section(
      outdated.map(
        (it) =>
          `No longer broken: ${it.property.id} ${verdictWords(it.property.verdict)} (${where(it)}), but is declared as known: ${it.property.known}`,
      ),
    ),
    ...section(unknown.map((it) => `${it.property.id} is ${verdictWords(it.property.verdict)} (${where(it)})`)),
    ...section(incompleteLines(runs)),
    ...section(leftOutLines(runs).flatMap((line) => wrap(line, 100))),
    ...section([...new Set(notesOf(runs, telling).map((note) => `Note: ${note}`))]),
  ].join("\n");
}
