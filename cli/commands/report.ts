/** `report`: tell a stored run or counterexample again, in another format. */
import { chart, chartOf } from "../../reports/chart.ts";
import { github } from "../../reports/formats/github.ts";
import { itf } from "../../reports/formats/itf.ts";
import { junit } from "../../reports/formats/junit.ts";
import { ktap } from "../../reports/formats/ktap.ts";
import { mermaid } from "../../reports/formats/mermaid.ts";
import { sarif } from "../../reports/formats/sarif.ts";
import { summary } from "../../reports/formats/summary.ts";
import { markdownReport } from "../../reports/markdown.ts";
import { pathsOf } from "../../reports/paths.ts";
import { counterexamples } from "../../reports/standing.ts";
import { textReport } from "../../reports/text.ts";
import { traceText } from "../../reports/trace-text.ts";
import type { RunRecord, TraceRecord } from "../../checker/run-record.ts";
import { printableLines, unknownName, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { readDocument } from "../files.ts";
import { neatJson } from "../neat-json.ts";
import { pageOf } from "../page.ts";
import type { Records } from "../schemas.ts";
import { storedRuns } from "../stored-runs.ts";
import type { Terminal } from "../terminal.ts";

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

/** `directory`: where the counterexamples of the runs are, for replay commands. */
const FORMATS: { readonly [format: string]: (records: Records, directory: string) => string } = {
  text: ({ runs, traces, expectKnown, left }, directory) =>
    [...(runs.length > 0 ? [textReport(runs, { directory, expectKnown, left })] : []), ...traces.map(traceText)].join(
      "\n",
    ),
  markdown: ({ runs, traces, expectKnown, left }, directory) =>
    [...(runs.length > 0 ? [markdownReport(runs, { directory, expectKnown, left })] : []), ...traces.map(fenced)].join(
      "\n",
    ),
  chart: ({ runs, traces }) => {
    const charts = [...pathsOf(runs), ...traces.map((trace) => [{ trace }] as const)];
    if (charts.length === 0) return "No violation, so no chart.\n";
    return charts.map(([first, ...others], k) => chartOf([first, ...others], { legend: k === 0 })).join("\n\n");
  },
  steps: ({ runs, traces }) => {
    const lists = [...counterexamples(runs), ...traces].map(traceText);
    return lists.length > 0 ? lists.join("\n\n") : "No violation, so no steps.\n";
  },
  json: ({ runs, traces, expectKnown, left }) =>
    neatJson(runs.length > 0 ? storedRuns(runs, expectKnown, left) : traces[0]),
  ktap: (records) => ktap(runsOf(records, "ktap"), records.left),
  junit: (records) => junit(runsOf(records, "junit"), records.left),
  github: (records) => github(runsOf(records, "github"), records.left),
  sarif: (records) => neatJson(sarif(runsOf(records, "sarif"), records.left)),
  summary: (records, directory) => {
    const { expectKnown, left } = records;
    return summary(runsOf(records, "summary"), { directory, expectKnown, left });
  },
  mermaid: (records) => mermaid(onePathOf(records, "mermaid")),
  itf: (records) => neatJson(itf(wholeOf(records))),
  html: (records, directory) => {
    const { traces } = records;
    const trace = onePathOf(records, "html");
    return pageOf(trace, directory, traces.length > 0);
  },
};
/** Formats that other programs read: their characters are not changed for a terminal. */
const EXACT = new Set(["json", "itf", "junit", "github", "html", "sarif"]);

export async function report(terminal: Terminal, path: string, format: string, directory: string): Promise<number> {
  const tell = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!tell) throw unknownName("format", format, Object.keys(FORMATS));
  const document = await readDocument(path);
  const { recordsIn } = await import("../schemas.ts");
  const text = tell(recordsIn(document, path), directory);
  terminal.out(EXACT.has(format) ? text : printableLines(text));
  return EXIT.asExpected;
}
