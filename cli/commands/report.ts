/** `report`: tell a stored run or counterexample again, in another format. */
import { chart, chartOf } from "../../reports/chart.ts";
import { markdownReport } from "../../reports/markdown.ts";
import { pathsOf } from "../../reports/paths.ts";
import { counterexamples } from "../../reports/standing.ts";
import { textReport } from "../../reports/text.ts";
import { traceText } from "../../reports/trace-text.ts";
import type { TraceRecord } from "../../checker/run-record.ts";
import { printableLines, unknownName } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { readDocument } from "../files.ts";
import { neatJson } from "../neat-json.ts";
import type { Records } from "../schemas.ts";
import { storedRuns } from "../stored-runs.ts";
import type { Terminal } from "../terminal.ts";

const fenced = (trace: TraceRecord): string =>
  `# ${trace.property.id}\n\n\`\`\`text\n${chart(trace).trimEnd()}\n\`\`\`\n`;

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
};

export async function report(terminal: Terminal, path: string, format: string, directory: string): Promise<number> {
  const tell = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!tell) throw unknownName("format", format, Object.keys(FORMATS));
  const document = await readDocument(path);
  const { recordsIn } = await import("../schemas.ts");
  const text = tell(recordsIn(document, path), directory);
  terminal.out(format === "json" ? text : printableLines(text));
  return EXIT.asExpected;
}
