/** `report`: tell a stored run or counterexample again, in another format. */
import { chart } from "../../reports/chart.ts";
import { markdownReport } from "../../reports/markdown.ts";
import { counterexamples } from "../../reports/standing.ts";
import { textReport } from "../../reports/text.ts";
import { traceText } from "../../reports/trace-text.ts";
import type { TraceRecord } from "../../checker/run-record.ts";
import { printableLines, unknownName } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { readDocument, RUNS_SCHEMA } from "../files.ts";
import type { Records } from "../schemas.ts";
import type { Terminal } from "../terminal.ts";

const fenced = (trace: TraceRecord): string =>
  `# ${trace.property.id}\n\n\`\`\`text\n${chart(trace).trimEnd()}\n\`\`\`\n`;

/** `directory`: where the counterexamples of the runs are, for replay commands. */
const FORMATS: { readonly [format: string]: (records: Records, directory: string) => string } = {
  text: ({ runs, traces, expectKnown }, directory) =>
    [...(runs.length > 0 ? [textReport(runs, { directory, expectKnown })] : []), ...traces.map(traceText)].join("\n"),
  markdown: ({ runs, traces, expectKnown }, directory) =>
    [...(runs.length > 0 ? [markdownReport(runs, { directory, expectKnown })] : []), ...traces.map(fenced)].join("\n"),
  chart: ({ runs, traces }) => {
    const charts = [...counterexamples(runs), ...traces].map((trace) => chart(trace));
    return charts.length > 0 ? charts.join("\n\n") : "No violation, so no chart.\n";
  },
  steps: ({ runs, traces }) => {
    const lists = [...counterexamples(runs), ...traces].map(traceText);
    return lists.length > 0 ? lists.join("\n\n") : "No violation, so no steps.\n";
  },
  json: ({ runs, traces, expectKnown }) =>
    `${JSON.stringify(runs.length > 0 ? { schema: RUNS_SCHEMA, expectKnown, runs } : traces[0], null, 2)}\n`,
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
