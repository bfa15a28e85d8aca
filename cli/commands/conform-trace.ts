/** `conform --trace`: whether the trace of a real machine is a run of the machines; and the probes to record one. */
import { probeNames, whyLeftOut, type TraceReport } from "../../scenarios/recorded/trace/trace-report.ts";
import { count, counted } from "../../reports/words.ts";
import { printable, unknownName } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Engine } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

const TRACE_SCHEMA = "faultline-traces/1";

export interface TraceOptions {
  readonly without: readonly string[];
  readonly states: number;
  readonly steps: boolean;
  readonly json: boolean;
}

const EXIT_OF = { explained: EXIT.asExpected, "not-explained": EXIT.violated, undecided: EXIT.incomplete } as const;

const fieldsText = (fields: unknown): string =>
  Object.entries(fields as Record<string, unknown>)
    .map(
      ([name, value]) =>
        `${name}=${/^addr$|^perm$/.test(name) && typeof value === "number" ? `0x${value.toString(16)}` : String(value)}`,
    )
    .join(" ");

/** What must have happened before the first line. */
const givenText = ({ attachedBefore }: TraceReport): string =>
  attachedBefore.length === 0
    ? ""
    : `, given that ${attachedBefore.map(printable).join(", ")} ${attachedBefore.length === 1 ? "was" : "were"} attached before the first line`;

function headline(report: TraceReport): string {
  const { file, verdict, lines, explained, threads, devices, steps } = report;
  const hidden = steps.filter(({ lines: shown }) => shown.length === 0).length;
  const size = `${counted(threads, "thread")}, ${counted(devices, "device")}`;
  const name = printable(file);
  if (verdict === "explained")
    return `EXPLAINED ${name}: ${counted(lines, "line")} are a run of the machines (${size}; ${counted(hidden, "hidden step")})${givenText(report)}.`;
  const many = `${count(explained)} of ${counted(lines, "judged event")}`;
  if (verdict === "undecided") return `UNDECIDED ${name}: ${many} explained (${size}). ${report.because}.`;
  const before =
    explained === 0
      ? "no judged event is before it"
      : `${counted(explained, "judged event")} before it ${explained === 1 ? "is" : "are"} explained`;
  const after = `${count(lines - explained - 1)} after it not looked at`;
  return `NOT EXPLAINED ${name}: line ${report.at!.line} of the file cannot happen; ${before}, ${after} (${size}).`;
}

/** What the answer does not rest on. */
function restText(report: TraceReport): readonly string[] {
  const { losses, overwritten, cutOff, backwards, strange, notRecorded, overflows } = report;
  const some = (number: number, text: string): readonly string[] => (number > 0 ? [text] : []);
  return [
    ...losses.map(
      ({ line, events }) => `line ${line}: ${events === undefined ? "events" : counted(events, "event")} lost`,
    ),
    ...some(overwritten, `${counted(overwritten, "event")} overwritten or lost at the beginning`),
    ...(cutOff ? ["the last line is cut off, and left out"] : []),
    ...some(backwards, `time runs backwards in ${counted(backwards, "line")}; the order of the file is taken`),
    ...some(strange, `${counted(strange, "line")} of other text`),
    ...notRecorded.map((set) => `no line of the ${set} probes: taken as not recorded`),
    ...some(
      overflows,
      `${counted(overflows, "overflow")} of a page request queue in the log: the trace does not show which requests were dropped`,
    ),
    ...Object.entries(report.unknown).map(([name, times]) => `${count(times)} ${printable(name)}: not known here`),
    ...Object.entries(report.leftOut).map(([name, times]) => `${count(times)} ${printable(name)}: ${whyLeftOut(name)}`),
  ];
}

const NONE = "    no line of a call that is under way; a thread outside of calls may begin another call";

function traceText(report: TraceReport, steps: boolean): string {
  const { at, instead = [], verdict } = report;
  const told = at
    ? ["", `  line ${at.line}, ${printable(at.thread)}: ${printable(`${at.name} ${fieldsText(at.fields)}`)}`]
    : [];
  const could = instead.map(
    ({ thread, name, fields }) => `    ${printable(thread)}: ${printable(`${name} ${fieldsText(fields)}`)}`,
  );
  const before = report.steps.slice(steps ? 0 : -6);
  const shown = steps || verdict === "not-explained";
  return [
    headline(report),
    ...told,
    ...(verdict === "not-explained" ? ["  What could have come instead:", ...(could.length > 0 ? could : [NONE])] : []),
    ...(shown && before.length > 0 ? [steps ? "  Steps:" : "  The last steps before it:"] : []),
    ...(shown
      ? before.map(
          ({ lines, step }) =>
            `    ${lines.length > 0 ? `line ${lines.join(", ")}` : "hidden"}: ${printable(JSON.stringify(step))}`,
        )
      : []),
    ...restText(report).map((text) => `  Not judged: ${text}.`),
    "",
  ].join("\n");
}

export function conformTrace(
  engine: Engine,
  terminal: Terminal,
  files: readonly string[],
  { without, states, steps, json }: TraceOptions,
): number {
  for (const name of without) if (!probeNames.includes(name)) throw unknownName("probe", name, probeNames);
  const status = new StatusLine(terminal);
  status.start("conform");
  let reports: readonly TraceReport[];
  try {
    reports = files.map((file) => engine.trace(file, without, states));
  } finally {
    status.clear();
  }
  const exits = reports.map(({ verdict }) => EXIT_OF[verdict]);
  const exit = exits.includes(EXIT.violated) ? EXIT.violated : Math.max(...exits);
  if (json) terminal.out(`${JSON.stringify({ schema: TRACE_SCHEMA, exit, traces: reports })}\n`);
  else terminal.say(reports.map((report) => traceText(report, steps)).join("\n"));
  return exit;
}
