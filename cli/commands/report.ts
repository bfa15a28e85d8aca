/** `report`: tell a stored run or counterexample again, in another format. */
import { chart, chartOf } from "../../reports/chart.ts";
import { github } from "../../reports/formats/github.ts";
import { itf } from "../../reports/formats/itf.ts";
import { junit } from "../../reports/formats/junit.ts";
import { ktap } from "../../reports/formats/ktap.ts";
import { mermaid } from "../../reports/formats/mermaid.ts";
import { sarif } from "../../reports/formats/sarif.ts";
import { summary } from "../../reports/formats/summary.ts";
import type { CoverageRecord } from "../../reports/coverage.ts";
import { fitted } from "../../reports/lines.ts";
import { markdownReport } from "../../reports/markdown.ts";
import { runPage } from "../../reports/page/run-page.ts";
import { pathsOf } from "../../reports/paths.ts";
import { counterexamples } from "../../reports/standing.ts";
import { textReport, type Telling } from "../../reports/text.ts";
import { traceText } from "../../reports/trace-text.ts";
import { TRACE_SCHEMA, type RunRecord, type TraceRecord } from "../../checker/run-record.ts";
import { printableLines, unknownName, UsageError } from "../errors.ts";
import type { WhyRecord } from "../../reports/why.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Document } from "../document.ts";
import { readDocument } from "../files.ts";
import { FORMS } from "../forms.ts";
import { neatJson } from "../neat-json.ts";
import { pageOf } from "../page.ts";
import type { Engine, WhyLimits } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import { fileIn, isDirectory } from "../report-file.ts";
import type { Records } from "../schemas.ts";
import { storedRuns } from "../stored-runs.ts";
import type { Terminal } from "../terminal.ts";
import { ofPath } from "./why.ts";

const fenced = (trace: TraceRecord): string =>
  `# ${trace.property.id}\n\n\`\`\`text\n${chart(trace).trimEnd()}\n\`\`\`\n`;

/** @throws UsageError for a file without a run: these formats tell verdicts. */
function runsOf({ runs }: Records, format: string): readonly RunRecord[] {
  if (runs.length > 0) return runs;
  throw new UsageError(`${format} tells the verdicts of runs, and the file holds one counterexample.`, "run.json");
}

/** @throws UsageError unless the file holds exactly one path. */
function onePathOf({ runs, traces }: Records, format: string): TraceRecord {
  const [only, ...others] = [...pathsOf(runs).map(([{ trace }]) => trace), ...traces];
  if (only && others.length === 0) return only;
  const held = only ? `the file holds ${others.length + 1}` : "the file holds none";
  throw new UsageError(`${format} tells one counterexample, and ${held}.`, "a file of the directory counterexamples");
}

/** @throws UsageError for a run: run.json keeps of a state only what changes. */
function wholeOf({ traces: [only] }: Records): TraceRecord {
  if (only) return only;
  throw new UsageError(
    "itf tells whole states, and the file has only what changes.",
    "a file of the directory counterexamples",
  );
}

const tellingOf = ({ expectKnown, left, missing }: Records, directory: string): Telling => ({
  directory,
  expectKnown,
  left,
  ...(missing && { missing }),
});

/** What a report says besides the file. */
interface Besides {
  readonly coverage?: CoverageRecord;
  readonly why?: WhyRecord;
  /** The width that a text for people has; the other formats have their own. */
  readonly columns?: number;
}

/** `directory`: where the counterexamples of the runs are, for replay commands. */
const FORMATS: { readonly [format: string]: (records: Records, directory: string, besides: Besides) => string } = {
  text: (records, directory, { columns }) =>
    [
      ...(records.runs.length > 0 ? [textReport(records.runs, { ...tellingOf(records, directory), columns })] : []),
      ...records.traces.map((trace) => fitted(traceText(trace), columns)),
    ].join("\n"),
  markdown: (records, directory) =>
    [
      ...(records.runs.length > 0 ? [markdownReport(records.runs, tellingOf(records, directory))] : []),
      ...records.traces.map(fenced),
    ].join("\n"),
  chart: ({ runs, traces }) => {
    const charts = [...pathsOf(runs), ...traces.map((trace) => [{ trace }] as const)];
    if (charts.length === 0) return "No violation, so no chart.\n";
    return charts.map(([first, ...others], k) => chartOf([first, ...others], { legend: k === 0 })).join("\n\n");
  },
  steps: ({ runs, traces }) => {
    const lists = [...counterexamples(runs), ...traces].map(traceText);
    return lists.length > 0 ? lists.join("\n\n") : "No violation, so no steps.\n";
  },
  json: (records) => {
    const { runs, traces, shard: _, ...whole } = records;
    return neatJson(runs.length > 0 ? storedRuns(runs, whole) : traces[0]);
  },
  ktap: (records) => ktap(runsOf(records, "ktap"), records),
  junit: (records) => junit(runsOf(records, "junit"), records),
  github: (records) => github(runsOf(records, "github"), records),
  sarif: (records) => neatJson(sarif(runsOf(records, "sarif"), records)),
  summary: (records, directory) => summary(runsOf(records, "summary"), tellingOf(records, directory)),
  mermaid: (records) => mermaid(onePathOf(records, "mermaid")),
  itf: (records) => neatJson(itf(wholeOf(records))),
  html: (records, directory, { coverage, why }) =>
    records.runs.length > 0
      ? runPage(records.runs, tellingOf(records, directory), coverage)
      : pageOf(onePathOf(records, "html"), directory, why),
};
export const formatNames: readonly string[] = Object.keys(FORMATS);
/** Formats that tell one counterexample, and no run. */
const OF_ONE = new Set(["mermaid", "itf"]);
/** Formats that other programs read: their characters are not changed for a terminal. */
const EXACT = new Set(["json", "itf", "junit", "github", "html", "sarif"]);

export interface ReportOptions {
  readonly format: string;
  /** Where the counterexamples of the run are; of a directory, there. */
  readonly out: string;
  /** What `coverage --json` has printed. */
  readonly coverage?: string;
  /** Search for what the violation needs. */
  readonly why?: boolean;
}

/** What the searches of `--why` are given, and the engine that makes them. */
export interface Searching {
  readonly load: () => Promise<Engine>;
  readonly limits: WhyLimits;
}

export async function report(
  terminal: Terminal,
  path: string,
  options: ReportOptions,
  searching: Searching,
): Promise<number> {
  const { format, out } = options;
  const tell = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!tell) throw unknownName("format", format, formatNames);
  const isOfRun = await isDirectory(path);
  const file = isOfRun ? await fileIn(path, format, OF_ONE.has(format)) : path;
  const document = await readDocument(file, FORMS.report);
  const { recordsIn } = await import("../schemas.ts");
  const records = recordsIn(document, file);
  const coverage = await coverageFor(options, records);
  const why = options.why === true ? await whyFor(terminal, document, file, options, searching) : undefined;
  if (terminal.signal.aborted) return interruptedBy(terminal.signal);
  const text = tell(records, isOfRun ? path : out, {
    ...(coverage && { coverage }),
    ...(why && { why }),
    ...(terminal.columns !== undefined && { columns: terminal.columns }),
  });
  terminal.out(EXACT.has(format) ? text : printableLines(text));
  return EXIT.asExpected;
}

/** @throws UsageError for what the format, or the file, does not tell */
async function coverageFor({ format, coverage }: ReportOptions, { runs }: Records) {
  if (coverage === undefined) return undefined;
  if (format !== "html" || runs.length === 0)
    throw new UsageError("--coverage is for the page of runs.", "--format html, and run.json or its directory");
  const { coverageIn } = await import("../coverage/schemas.ts");
  return coverageIn(await readDocument(coverage, "what coverage --json has printed"), coverage);
}

/** @throws UsageError for what is no counterexample, or shows no violation */
async function whyFor(
  terminal: Terminal,
  document: Document,
  file: string,
  { format }: ReportOptions,
  { load, limits }: Searching,
): Promise<WhyRecord> {
  if (format !== "html" || document.schema !== TRACE_SCHEMA)
    throw new UsageError("--why is for the page of a counterexample.", "--format html, and a counterexample");
  const engine = await load();
  const subject = await ofPath(engine, document, file);
  const status = new StatusLine(terminal);
  const record = await engine.why(subject, limits, status.watch, (label) => status.start(label));
  status.clear();
  if (terminal.signal.aborted) terminal.err("faultline: interrupted; no page was made.\n");
  return record;
}
