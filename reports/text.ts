/** Runs as plain text: how much was looked at, one table, the stories of a few violations, a line for each other. */
import type { MissingRecord, PropertyRecord, RunRecord } from "../checker/run-record.ts";
import { chartOf } from "./chart.ts";
import { chartPath, replayCommand } from "./counterexample.ts";
import { knownLines } from "./known.ts";
import { leftOutLines } from "./left-out.ts";
import { replacedInSuite, replacedLines } from "./replaced.ts";
import { headline } from "./headline.ts";
import { gone, neverWitnessed } from "./lost.ts";
import { byPath, type Broken, type BrokenByPath } from "./paths.ts";
import { familyVerdicts, isLeftOpen, judged, type Judged } from "./standing.ts";
import { familyLegend } from "./legend.ts";
import { drawn, laid, paragraph, type Line } from "./lines.ts";
import { table, type Column } from "./table.ts";
import { traceTextOf } from "./trace-text.ts";
import {
  claimName,
  count,
  counted,
  coverageOfAll,
  duration,
  modelName,
  reachable,
  runName,
  size,
  taken,
  verdictWords,
} from "./words.ts";

export interface Telling {
  /** The output directory as the user names it, for replay commands. */
  readonly directory: string;
  /** Whether violations that the suite expects are told in one line instead of with their chart. */
  readonly expectKnown: boolean;
  /** How many runs have no result: an interrupt left them out, or they could not be made. */
  readonly left?: number;
  /** Which ones; absent in records of versions that only counted them. */
  readonly missing?: readonly MissingRecord[];
  /** Whether violations are told as a list of steps that leaves nothing out, instead of with their chart. */
  readonly steps?: boolean;
  /** Characters in a line; without it as a kept file has them. */
  readonly columns?: number | undefined;
}

export const RUN_COLUMNS: readonly Column[] = [
  { title: "SYSTEM" },
  { title: "HARDWARE" },
  { title: "DESIGN", most: 26 },
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

/** Paths that are told with their chart. */
const CHARTS = 3;

/** Those whose charts are told: unexpected before known, short before long, one run as good as another. */
function charted(paths: readonly BrokenByPath[]): readonly BrokenByPath[] {
  const isKnown = (path: BrokenByPath): number => Number(path.every(({ property }) => property.known !== undefined));
  const chosen = new Set(
    [...paths]
      .sort((a, b) => isKnown(a) - isKnown(b) || a[0].trace.steps.length - b[0].trace.steps.length)
      .slice(0, CHARTS),
  );
  return paths.filter((path) => chosen.has(path));
}

/** Why it was to be expected, what to know besides, and what the facts are that are cited there. */
export const remarks = ({ run, property: { known, note, cites = [] } }: Pick<Judged, "run" | "property">) => [
  ...(known === undefined ? [] : [`Expected here: ${known}`]),
  ...(note === undefined ? [] : [`Note: ${note}`]),
  ...cites.map((id) => `${id}: ${run.legend?.sources[id] ?? "see docs/sources.md"}`),
];

/** Families of several runs that are told below their table; the suite has all. */
const MOST_FAMILIES = 8;

/** "  UNM   VFIO_IOMMU_UNMAP_DMA that calls drivers, ...": a line for each family. */
function familyLines(runs: readonly RunRecord[]): readonly Line[] {
  const families = familyLegend(runs);
  if (runs.length > 1 && families.length > MOST_FAMILIES)
    return [`What a family of properties is about: faultline explain ${families[0]![0]}`];
  return families.map(([family, about]) => paragraph(about, 70, `  ${family.padEnd(4)}  `, " ".repeat(8)));
}

const indented = (lines: readonly string[]): readonly Line[] => lines.map((line) => paragraph(line, 76, "  "));

const sourceWords = ({ source }: PropertyRecord): string => `${source.document}, ${source.clause}`;

const markOf = ({ known }: PropertyRecord): string => (known === undefined ? "VIOLATED " : "KNOWN ");

/** A line for each claim, with its remarks below; what is remarked of all of them alike is said once. */
function aboutEach(path: BrokenByPath, line: (broken: Broken) => string): readonly Line[] {
  const said = path.map(remarks);
  const isAlike = said.every((lines) => lines.join("\n") === said[0]!.join("\n"));
  return path.flatMap((broken, k) => [line(broken), ...(isAlike && k < path.length - 1 ? [] : indented(said[k]!))]);
}

/** The claims, the chart or the list of steps, the values that break them, the sources, the commands. */
function story(path: BrokenByPath, { directory, steps = false }: Telling, legend: boolean): readonly Line[] {
  const [first, ...others] = path.map(({ property, trace }) => ({ trace, mark: markOf(property) }));
  const whose = (id: string): string => (path.length > 1 ? ` of ${id}` : "");
  return [
    ...(steps
      ? traceTextOf([first!, ...others])
          .trimEnd()
          .split("\n")
      : [drawn((room) => chartOf([first!, ...others], { legend, room }).trimEnd())]),
    ...aboutEach(path, ({ property }) => `  Source${whose(property.id)}: ${sourceWords(property)}.`),
    "",
    ...path.map(({ trace }) => `Replay: ${replayCommand(directory, trace)}`),
    "",
  ];
}

/** The same without the chart. */
function shortStory(path: BrokenByPath, directory: string): readonly Line[] {
  const [{ run, trace }] = path;
  return [
    ...aboutEach(
      path,
      ({ property }) =>
        `${markOf(property)}${claimName(property)} in ${counted(trace.steps.length, "step")}: ${property.statement}`,
    ),
    `  Model: ${modelName(run.model)}. Chart: ${chartPath(directory, trace)}`,
    "",
  ];
}

/** How to look up the codes of the reasons above, where they are too many to say each. */
const lookUp = (known: readonly Judged[]): readonly string[] => {
  const [first] = known.flatMap(({ property: { cites = [] } }) => cites);
  return first === undefined ? [] : ["", `What a code in these reasons says: faultline explain ${first}`];
};

/** Which runs did not reach their end, and why; a single run says so in the first line. */
const incompleteLines = (runs: readonly RunRecord[], left: number): readonly string[] =>
  runs
    .filter(({ search }) => runs.length + left > 1 && search.kind === "exhaustive" && !search.complete)
    .map(({ model, search }) => `Incomplete (${search.stoppedBy ?? "unnamed bound"}): ${modelName(model)}.`);

/** Runs without a result that are named, when there are many. */
const MOST_MISSING = 8;

/** "No result: pri-flat, hardware vtd, ...: interrupted before it began.", a line for each run. */
function missingLines({ missing = [] }: Telling): readonly string[] {
  const shown = missing.length > MOST_MISSING ? missing.slice(0, MOST_MISSING - 1) : missing;
  const more = missing.length - shown.length;
  return [
    ...shown.map((run) => `No result: ${modelName(run)}: ${run.because}.`),
    ...(more > 0 ? [`No result of ${count(more)} more runs, which run.json names.`] : []),
  ];
}

/** What the reader should know besides. */
export const notesOf = (runs: readonly RunRecord[], { expectKnown }: Telling): readonly string[] => [
  ...runs.flatMap(({ notes = [] }) => notes),
  ...(expectKnown ? replacedInSuite(runs) : []),
];
/** Which option would decide what a violation left open. */
const decides = (stoppedBy = ""): string =>
  stoppedBy.includes("violation") ? " With --stop-at never all are decided." : "";

/** What has no answer, one line for each reason in a run; after a violation the rest is left open on purpose. */
function unknownLines(unknown: readonly Judged[]): readonly string[] {
  const groups = new Map<string, Judged[]>();
  for (const it of unknown) {
    const { run, property: of } = it;
    const why = isLeftOpen(of.verdict, run.search.stoppedBy) ? "left open" : verdictWords(of.verdict);
    const key = `${runName(run.model)} ${why}`;
    groups.set(key, [...(groups.get(key) ?? []), it]);
  }
  return [...groups.values()].map((group) => {
    const [{ run, property }] = group as [Judged];
    const ids = group.map((it) => it.property.id);
    const { model, search } = run;
    const where = `${model.system}, ${model.hardware}, ${model.host}`;
    if (isLeftOpen(property.verdict, search.stoppedBy))
      return `${counted(ids.length, "property", "properties")} of ${where} ${ids.length === 1 ? "is" : "are"} unknown: ${search.stoppedBy}.${decides(search.stoppedBy)}`;
    return `${ids.join(", ")} ${ids.length === 1 ? "is" : "are"} ${verdictWords(property.verdict)} (${where})`;
  });
}

/** The whole report on some runs. */
export function textReport(runs: readonly RunRecord[], telling: Telling): string {
  const { broken, known, outdated, unknown } = stories(runs, telling.expectKnown);
  const paths = byPath(broken);
  const charts = charted(paths);
  const bytes = Math.max(0, ...runs.map(({ search }) => search.bytes ?? 0));
  const section = (lines: readonly Line[]): readonly Line[] => (lines.length > 0 ? [...lines, ""] : []);
  const replaced = telling.expectKnown ? [] : [...new Set(runs.flatMap(replacedLines))];
  const first = headline(runs, telling.expectKnown);
  const lines: readonly Line[] = [
    ...(first === undefined ? [] : [first]),
    coverageOfAll(runs, telling.left) + (bytes > 0 ? ` Largest table: ${size(bytes)}.` : ""),
    "",
    ...section(replaced.map((line) => paragraph(line, 98))),
    drawn((room) => table(RUN_COLUMNS, runs.map(runRow), room)),
    "",
    ...section(familyLines(runs)),
    ...charts.flatMap((path, k) => story(path, telling, k === 0)),
    ...paths.filter((path) => !charts.includes(path)).flatMap((path) => shortStory(path, telling.directory)),
    ...broken.flatMap((claim) => neverWitnessed(claim, remarks(claim))),
    ...outdated.flatMap(gone),
    ...section([...knownLines(known), ...lookUp(known)]),
    ...section(unknownLines(unknown)),
    ...section(incompleteLines(runs, telling.left ?? 0)),
    ...section(missingLines(telling)),
    ...section(leftOutLines(runs).map((line) => paragraph(line, 100))),
    ...section([...new Set(notesOf(runs, telling).map((note) => `Note: ${note}`))]),
  ];
  return laid(lines, telling.columns).join("\n");
}
